"""The drawing calls: what they accept, what they make of it, and what they refuse."""

from __future__ import annotations

import copy
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mug.rendering import Asset, RenderPacket, Surface, SurfaceError


def only(surface: Surface) -> tuple[int, dict[str, Any]]:
    """The one command of a frame: its type and props."""
    ((_, _, kind, props),) = surface.commit()
    return kind, props


@pytest.mark.parametrize(
    ("method", "keywords", "kind", "props"),
    [
        (
            "rect",
            {"x": 1, "y": 2, "width": 3, "height": 4},
            1,
            {"x": 1, "y": 2, "w": 3, "h": 4, "color": "#000000"},
        ),
        (
            "rect",
            {"x": 1, "y": 2, "w": 3, "h": 4, "border_radius": 5, "stroke_color": "red", "stroke_width": 2},
            1,
            {
                "x": 1,
                "y": 2,
                "w": 3,
                "h": 4,
                "color": "#000000",
                "border_radius": 5,
                "stroke_color": "#ff0000",
                "stroke_width": 2,
            },
        ),
        (
            "circle",
            {"x": 1.5, "y": 2.0, "radius": 3, "color": "tomato", "alpha": 0.5, "angle": 90},
            2,
            {"x": 1.5, "y": 2, "radius": 3, "color": "#ff6347", "alpha": 0.5, "angle": 90},
        ),
        (
            "ellipse",
            {"x": 1, "y": 2, "rx": 3, "ry": 4, "depth": -1},
            3,
            {"x": 1, "y": 2, "rx": 3, "ry": 4, "color": "#000000", "depth": -1},
        ),
        (
            "line",
            {"points": [(0, 1), (2, 3.5)], "width": 2, "tween_duration": 80},
            4,
            {"points": [0, 1, 2, 3.5], "color": "#000000", "width": 2, "tween": 80},
        ),
        (
            "polygon",
            {"points": np.array([[0, 0], [1, 0], [1, 1]]), "color": (0, 128, 255)},
            5,
            {"points": [0, 0, 1, 0, 1, 1], "color": "#0080ff"},
        ),
        (
            "text",
            {"text": "Hi", "x": 1, "y": 2, "align": "center", "baseline": "middle"},
            6,
            {
                "text": "Hi",
                "x": 1,
                "y": 2,
                "size": 16,
                "color": "#000000",
                "font": "Arial",
                "align": "center",
                "baseline": "middle",
            },
        ),
        (
            "image",
            {"image_name": "chef", "x": 1, "y": 2, "w": 10, "h": 20, "frame": "north"},
            7,
            {"name": "chef", "x": 1, "y": 2, "w": 10, "h": 20, "frame": "north"},
        ),
        ("image", {"name": "chef", "x": 1, "y": 2}, 7, {"name": "chef", "x": 1, "y": 2}),
        (
            "arc",
            {"x": 1, "y": 2, "radius": 3, "start_angle": 0, "end_angle": math.pi, "filled": True},
            8,
            {"x": 1, "y": 2, "radius": 3, "start": 0, "end": math.pi, "color": "#000000", "filled": True},
        ),
    ],
)
def test_each_shape_becomes_its_command(
    method: str, keywords: dict[str, Any], kind: int, props: dict[str, Any]
) -> None:
    """A call becomes one command with normalized props, and defaults are left out."""
    surface = Surface(100, 50)
    getattr(surface, method)(**keywords)
    assert only(surface) == (kind, props)


@pytest.mark.parametrize(
    "number", [np.int32(3), np.float64(3.0), np.array(3), np.uint8(3), Fraction(3), True + 2]
)
def test_any_number_is_a_number(number: Any) -> None:
    """NumPy and other numbers become plain ones; whole floats become ints."""
    surface = Surface(np.int64(10), np.float32(10))
    surface.circle(x=number, y=number, radius=number, alpha=np.float32(1))
    _, props = only(surface)
    assert props == {"x": 3, "y": 3, "radius": 3, "color": "#000000"}
    assert all(type(props[name]) is int for name in ("x", "y", "radius"))


def test_relative_is_fractions_of_the_surface() -> None:
    """Positions and sizes are multiplied with the surface's, radii with its longer side."""
    surface = Surface(200, 100)
    surface.rect(0.5, 0.5, 0.25, 0.25, relative=True)
    surface.circle(0.5, 1, 0.1, relative=True)
    surface.ellipse(0, 0, 0.1, 0.1, relative=True)
    surface.line([(0, 0), (1, 1)], relative=True, width=3)
    rect, circle, ellipse, line = (props for *_, props in surface.commit())
    assert (rect["x"], rect["y"], rect["w"], rect["h"]) == (100, 50, 50, 25)
    assert (circle["x"], circle["y"], circle["radius"]) == (100, 100, 20)
    assert (ellipse["rx"], ellipse["ry"]) == (20, 10)
    assert (line["points"], line["width"]) == ([0, 0, 200, 100], 3)


def test_arguments_changed_in_place_are_noticed() -> None:
    """A list or array that is changed and drawn again is drawn as it is now."""
    surface = Surface(10, 10)
    points, array, color = [[0, 0], [1, 1]], np.zeros((2, 2)), [255, 0, 0]
    for value in (0, 5):
        points[1][0], array[1, 0], color[1] = value, value, value
        surface.line(points, id="list", persistent=True)
        surface.line(array, id="array", persistent=True)
        surface.circle(1, 1, 1, color=color, id="color", persistent=True)
        packet = surface.commit()
    first, second, third = (props for *_, props in packet)
    assert first["points"] == [0, 0, 5, 1]
    assert second["points"] == [0, 0, 5, 0]
    assert third["color"] == "#ff0500"


def test_equal_numbers_that_are_different_colors_are_told_apart() -> None:
    """(1, 0, 0) is nearly black and (1.0, 0.0, 0.0) is red, although they are equal."""
    surface = Surface(10, 10)
    seen = []
    for color in ((1, 0, 0), (1.0, 0.0, 0.0), [1, 0, 0], [1.0, 0.0, 0.0], (255, 0, 0, 1), (255, 0, 0, 1.0)):
        surface.circle(1, 1, 1, color=color, id="c", persistent=True)
        seen.append(only(surface)[1]["color"])
    assert seen == ["#010000", "#ff0000", "#010000", "#ff0000", "#ff000001", "#ff0000"]


def test_an_id_is_one_thing() -> None:
    """Drawing an id again replaces it, also when it stops or starts to be persistent."""
    surface = Surface(10, 10)
    surface.circle(1, 1, 1, id="x")
    surface.circle(2, 2, 2, id="x")
    assert only(surface)[1]["x"] == 2
    surface.circle(3, 3, 3, id="x", persistent=True)
    surface.circle(4, 4, 4, id="x")
    assert only(surface)[1]["x"] == 4
    surface.circle(5, 5, 5, id="x")
    surface.circle(6, 6, 6, id="x", persistent=True)
    assert only(surface)[1]["x"] == 6
    surface.remove("x")
    assert len(surface.commit()) == 0


def test_packets_never_change() -> None:
    """What is drawn later does not show in a packet; copies are the packet itself."""
    surface = Surface(10, 10)
    surface.circle(1, 1, 1, id="c", persistent=True)
    packet = surface.commit()
    before = list(packet)
    surface.circle(2, 2, 2, id="c", persistent=True)
    surface.remove("c")
    surface.reset()
    surface.commit()
    assert list(packet) == before
    assert copy.deepcopy(packet) is copy.copy(packet) is packet


def test_assets_are_registered_once_and_travel_with_packets() -> None:
    """Registering the same asset twice is one asset; packets name the assets they draw with."""
    surface = Surface(10, 10)
    surface.register_image("floor", path=Path("img/floor.png"))
    surface.register_image("floor", path="img/floor.png")
    surface.register_atlas("chef", img_path="chef.png", json_path="chef.json")
    assets = (Asset("image", "floor", "img/floor.png"), Asset("atlas", "chef", "chef.png", "chef.json"))
    assert surface.assets() == assets
    surface.reset()
    packet = surface.commit()
    assert packet.assets == assets
    surface.register_image("late", path="late.png")
    assert surface.commit().assets == (*assets, Asset("image", "late", "late.png"))
    with pytest.raises(SurfaceError, match=r"already used for img/floor\.png"):
        surface.register_image("floor", path="other.png")


def test_packets_compare_by_picture() -> None:
    """Packets are equal when they show the same."""

    def packet(x: int) -> RenderPacket:
        surface = Surface(10, 10)
        surface.circle(x, 1, 1)
        return surface.commit()

    assert packet(1) == packet(1)
    assert packet(1) != packet(2)
    assert packet(1) != "packet"


@pytest.mark.parametrize(
    ("method", "keywords", "message"),
    [
        ("circle", {"x": 1, "y": 1, "radius": 1, "colour": "red"}, "no 'colour'.*did you mean 'color'"),
        ("rect", {"x": 1, "y": 1, "w": 1, "h": 1, "rounding": 1}, "no 'rounding'.*it takes x, y, width"),
        ("line", {"points": [(0, 0), (1, 1)], "strokewidth": 2}, "no 'strokewidth'.*did you mean 'width'"),
        ("circle", {"x": 1, "y": 1, "radius": 1, "color": "tomatoe"}, "not a color.*did you mean 'tomato'"),
        ("circle", {"x": 1, "y": 1, "radius": 1, "color": "#12345"}, "not a color.*3, 4, 6 or 8 digits"),
        ("circle", {"x": 1, "y": 1, "radius": 1, "color": (1, 2)}, "not a color"),
        ("circle", {"x": 1, "y": 1, "radius": 1, "color": (256, 0, 0)}, "not a color"),
        ("circle", {"x": 1, "y": 1, "radius": 1, "color": None}, "not a color"),
        ("circle", {"x": 1, "y": 1, "radius": 1, "color": ("r", 1, 2)}, "not a color"),
        ("circle", {"x": "1", "y": 1, "radius": 1}, r"must be a number, got '1'.*circle\(x=\)"),
        ("circle", {"x": math.nan, "y": 1, "radius": 1}, "must be a finite number"),
        ("circle", {"x": np.float64("inf"), "y": 1, "radius": 1}, "must be a finite number"),
        ("circle", {"x": 1, "y": 1, "radius": -1}, r"must not be negative.*radius="),
        ("circle", {"x": 1, "y": 1, "radius": 1, "alpha": 2}, r"from 0 to 1.*alpha="),
        ("circle", {"x": 1, "y": 1, "radius": 1, "persistent": True}, "persistent=True needs an id"),
        ("circle", {"x": 1, "y": 1, "radius": 1, "id": ["x"]}, "must be a text or a number"),
        ("circle", {"x": 1, "y": 1, "radius": 1, "id": ["x"], "persistent": True}, "must be a text"),
        ("circle", {"x": 1, "y": 1, "radius": 1, "stroke_width": 2}, "needs a stroke_color"),
        ("rect", {"x": 1, "y": 1, "w": 1}, "needs a height"),
        ("rect", {"x": 1, "y": 1, "w": 1, "width": 1, "h": 1}, "width and w mean the same"),
        ("line", {"points": [(0, 0)]}, "at least 2 points"),
        ("polygon", {"points": [(0, 0), (1, 1)]}, "at least 3 points"),
        ("line", {"points": [0, 1, 2, 3]}, r"list of \(x, y\) pairs"),
        ("line", {"points": [(0, 0), (1, "1")]}, "must be a number"),
        ("text", {"text": "x", "x": 1, "y": 1, "align": "middle"}, "one of left, center, right"),
        ("text", {"text": "x", "x": 1, "y": 1, "font": 3}, "font's name"),
        ("image", {"x": 1, "y": 1}, "registered image's name"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_plain_words(
    method: str, keywords: dict[str, Any], message: str
) -> None:
    """A wrong argument raises a SurfaceError that names the call, and what would be right if it can."""
    surface = Surface(10, 10)
    with pytest.raises(SurfaceError, match=f"(?s){message}") as caught:
        getattr(surface, method)(**keywords)
    assert f"surface.{method}(" in str(caught.value)
    assert len(surface.commit()) == 0


@pytest.mark.parametrize("size", [(0, 10), (-1, 10), ("a", 10), (math.nan, 10)])
def test_a_surface_has_a_size(size: tuple[Any, Any]) -> None:
    """Width and height are numbers above 0."""
    with pytest.raises(SurfaceError, match=r"Surface\(width=\)"):
        Surface(*size)


def test_the_same_drawing_error_leaves_the_frame_as_it_was() -> None:
    """A refused call draws nothing, and what was drawn before and after is there."""
    surface = Surface(10, 10)
    surface.circle(1, 1, 1)
    with pytest.raises(SurfaceError):
        surface.circle(1, 1, 1, color="nocolour")
    surface.circle(2, 2, 2)
    assert [props["x"] for *_, props in surface.commit()] == [1, 2]
