"""How records are written, for runtimes that write them and exporters that read them.

A record is a JSON object on one line, with ``kind`` and ``wall`` (unix time in milliseconds). Readers pass
over kinds and fields that they do not know. `mug.core.records.events` says how values become JSON.
"""

from mug.core.records.events import MalformedRecord, decode, encode

__all__ = ["MalformedRecord", "decode", "encode"]
