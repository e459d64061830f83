"""Seeds derived from the one that is recorded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mug.engine.seeds import derive_seed

Path = tuple[int | str, ...]
PATHS = st.lists(st.integers(-5, 2**40) | st.text(max_size=5), max_size=4).map(tuple)

GOLDEN = (1925283336, 2712001049, 2096451973, 4285076037, 389490850)


def test_golden_values() -> None:
    """These values are in people's data; they never change, on no platform and in no version."""
    assert derive_seed(0) == GOLDEN[0]
    assert derive_seed(42, 1) == GOLDEN[1]
    assert derive_seed(42, "1") == GOLDEN[2]
    assert derive_seed(-7, "policy", "player_1", 3) == GOLDEN[3]
    assert derive_seed(2**64, "Grüße", "", "a;b") == GOLDEN[4]


@given(st.integers(), PATHS, PATHS)
def test_different_paths_have_different_seeds(seed: int, first: Path, second: Path) -> None:
    """A path has one seed of 32 bits, and no other path shares it (but for a chance of one in 2**32)."""
    assert 0 <= derive_seed(seed, *first) < 2**32
    same = list(map(repr, first)) == list(map(repr, second))
    assert (derive_seed(seed, *first) == derive_seed(seed, *second)) == same
