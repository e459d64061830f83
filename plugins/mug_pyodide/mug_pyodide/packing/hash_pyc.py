"""The form of compiled modules that are used without a look at their source (PEP 552).

It runs in this Python and, as a part of what it is given to compile, in that of browsers.
"""

import importlib.util
import marshal
from types import CodeType

_UNCHECKED_HASH = 0b01


def hash_pyc(code: CodeType, source: bytes) -> bytes:
    """Return the content of a ``.pyc`` file of the Python that this runs in."""
    flags = _UNCHECKED_HASH.to_bytes(4, "little")
    header = importlib.util.MAGIC_NUMBER + flags + importlib.util.source_hash(source)
    return header + marshal.dumps(code)
