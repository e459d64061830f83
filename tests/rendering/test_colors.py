"""Every way to write a color."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.rendering.colors import NAMED, normalize


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        ("red", "#ff0000"),
        (" SkyBlue ", "#87ceeb"),
        ("rebeccapurple", "#663399"),
        ("transparent", "#00000000"),
        ("#abc", "#aabbcc"),
        ("#abcd", "#aabbccdd"),
        ("#ABCDEF", "#abcdef"),
        ("#abcdef80", "#abcdef80"),
        ("#abcdefff", "#abcdef"),
        ((255, 0, 128), "#ff0080"),
        ([255, 0, 128, 0], "#ff008000"),
        ((255, 0, 0, 0.5), "#ff000080"),
        ((1.0, 0.5, 0.0), "#ff8000"),
        (np.array([1, 2, 3], dtype=np.uint8), "#010203"),
        (np.array([0.0, 1.0, 0.0]), "#00ff00"),
        ((np.uint8(1), 2, np.float32(3)), "#010203"),
    ],
)
def test_colors_come_out_in_one_form(color: Any, expected: str) -> None:
    """Names, hex in all lengths, and numbers become #rrggbb or #rrggbbaa."""
    assert normalize(color, "") == expected


def test_all_css_names_are_there() -> None:
    """The 148 names of CSS Color Module Level 4, and transparent."""
    assert len(NAMED) == 149
    assert all(len(code) == 7 for name, code in NAMED.items() if name != "transparent")


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_whole_numbers_are_levels(rgb: tuple[int, int, int]) -> None:
    """Three whole numbers are the three bytes, also when they are given as a list or an array."""
    expected = "#{:02x}{:02x}{:02x}".format(*rgb)
    assert normalize(rgb, "") == normalize(list(rgb), "") == normalize(np.array(rgb), "") == expected
