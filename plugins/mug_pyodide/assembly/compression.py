"""Compresses files once and for all, so that the server never has to."""

from __future__ import annotations

import gzip
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed

import attrs
import brotli

from .progress import Stage
from .storage import Cache, sha256

_WINDOW = 24
_GZIP_LEVEL = 9


@attrs.frozen
class Compressed:
    """A file in the two forms that browsers take."""

    br: bytes = attrs.field(repr=False)
    gz: bytes = attrs.field(repr=False)


def compress(files: Mapping[str, bytes], cache: Cache, quality: int, stage: Stage) -> dict[str, Compressed]:
    """Compress each file with Brotli of this quality (0 to 11) and gzip, on all processors."""
    total = sum(len(data) for data in files.values())
    done = 0
    compressed: dict[str, Compressed] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        largest_first = sorted(files, key=lambda name: -len(files[name]))
        work = {pool.submit(_compress, files[name], cache, quality): name for name in largest_first}
        for finished in as_completed(work):
            name = work[finished]
            compressed[name] = finished.result()
            done += len(files[name])
            stage.reached(done / total)
    return compressed


def _compress(data: bytes, cache: Cache, quality: int) -> Compressed:
    key = sha256(data)

    def as_br() -> bytes:
        return bytes(brotli.compress(data, quality=quality, lgwin=_WINDOW))

    return Compressed(
        br=cache.remember(f"br{quality}", key, as_br),
        gz=cache.remember(f"gz{_GZIP_LEVEL}", key, lambda: gzip.compress(data, _GZIP_LEVEL, mtime=0)),
    )
