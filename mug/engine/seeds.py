"""One seed for each thing that is random, all derived from the one that is recorded."""

from __future__ import annotations

import hashlib


def derive_seed(seed: int, *path: int | str) -> int:
    """The seed for one purpose: the same on every platform and in every version of Python.

    Args:
        seed: the recorded seed, any whole number.
        path: what it is for, for example ``("policy", "player_1")``. Different paths give unrelated
            seeds, and 1 and "1" are different.

    Returns:
        A whole number from 0 to 2**32 - 1.
    """
    text = f"i{int(seed)};" + "".join(
        f"s{len(part)}:{part};" if isinstance(part, str) else f"i{int(part)};" for part in path
    )
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
