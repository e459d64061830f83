"""The drawing API an environment renders with."""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from typing import Any, NoReturn, SupportsFloat, TypeAlias

from numpy.typing import NDArray

from mug.rendering.assets import Asset, asset_name, file_path
from mug.rendering.errors import SurfaceError, suggestion
from mug.rendering.packet import ARC, CIRCLE, ELLIPSE, IMAGE, LINE, POLYGON, RECT, TEXT, TYPE_NAMES
from mug.rendering.recorder import Recorder
from mug.rendering.shapes import extent

Number: TypeAlias = SupportsFloat
Color: TypeAlias = str | Sequence[SupportsFloat] | NDArray[Any]
Points: TypeAlias = Sequence[Sequence[SupportsFloat]] | NDArray[Any]


class Surface(Recorder):
    """A drawing area of ``width`` by ``height`` pixels; the browser scales it to the screen.

    Draw, then ``commit()``: that is one frame. What is drawn with ``persistent=True`` stays in every
    later frame until it is removed or the surface is reset; everything else is gone after the
    commit. Draw persistent things in every frame or once, as is convenient: what did not change is
    not sent again.

    All drawing methods share these keywords:

    - ``id``: a name. The thing is followed from frame to frame, so that it can move smoothly; one id
      is one thing, and drawing it again replaces it.
    - ``persistent``: keep it; needs an ``id``.
    - ``depth``: higher is drawn later, on top. At equal depth persistent things lie below the others,
      each in the order in which they were first drawn.
    - ``relative``: positions and sizes are fractions of the surface (radii: of its longer side).
      Line widths, text sizes and border radii stay pixels.
    - ``tween_duration``: milliseconds in which the browser moves it from where it was.
    - ``alpha``: opacity from 0 to 1. ``angle``: degrees clockwise around its center.

    Colors are CSS names, ``#rgb``, ``#rgba``, ``#rrggbb``, ``#rrggbbaa``, or three or four numbers.
    NumPy numbers are fine everywhere.

    A wrong argument raises ``SurfaceError`` (a ``ValueError``) that says what would be right.
    """

    def __init__(self, width: Number = 600, height: Number = 400) -> None:
        super().__init__(extent(width, "Surface(width=)"), extent(height, "Surface(height=)"))

    def rect(
        self,
        x: Number,
        y: Number,
        width: Number | None = None,
        height: Number | None = None,
        color: Color = "black",
        *,
        w: Number | None = None,
        h: Number | None = None,
        border_radius: Number | None = None,
        stroke_color: Color | None = None,
        stroke_width: Number | None = None,
        id: str | int | None = None,
        persistent: bool = False,
        depth: Number = 0,
        relative: bool = False,
        tween_duration: Number | None = None,
        alpha: Number = 1,
        angle: Number = 0,
        **unknown: Any,
    ) -> None:
        """Draw a rectangle; x, y is its top left corner. ``w`` and ``h`` are short for width and height."""
        if unknown:
            _refuse(RECT, unknown)
        call = (
            RECT,
            x,
            y,
            width,
            w,
            height,
            h,
            color,
            border_radius,
            stroke_color,
            stroke_width,
            relative,
            depth,
            tween_duration,
            alpha,
            angle,
        )
        self._draw(call, id, persistent)

    def circle(
        self,
        x: Number,
        y: Number,
        radius: Number,
        color: Color = "black",
        *,
        stroke_color: Color | None = None,
        stroke_width: Number | None = None,
        id: str | int | None = None,
        persistent: bool = False,
        depth: Number = 0,
        relative: bool = False,
        tween_duration: Number | None = None,
        alpha: Number = 1,
        angle: Number = 0,
        **unknown: Any,
    ) -> None:
        """Draw a filled circle around x, y."""
        if unknown:
            _refuse(CIRCLE, unknown)
        call = (
            CIRCLE,
            x,
            y,
            radius,
            color,
            stroke_color,
            stroke_width,
            relative,
            depth,
            tween_duration,
            alpha,
            angle,
        )
        self._draw(call, id, persistent)

    def ellipse(
        self,
        x: Number,
        y: Number,
        rx: Number,
        ry: Number,
        color: Color = "black",
        *,
        stroke_color: Color | None = None,
        stroke_width: Number | None = None,
        id: str | int | None = None,
        persistent: bool = False,
        depth: Number = 0,
        relative: bool = False,
        tween_duration: Number | None = None,
        alpha: Number = 1,
        angle: Number = 0,
        **unknown: Any,
    ) -> None:
        """Draw a filled ellipse around x, y with the radii rx (horizontal) and ry (vertical)."""
        if unknown:
            _refuse(ELLIPSE, unknown)
        call = (
            ELLIPSE,
            x,
            y,
            rx,
            ry,
            color,
            stroke_color,
            stroke_width,
            relative,
            depth,
            tween_duration,
            alpha,
            angle,
        )
        self._draw(call, id, persistent)

    def line(
        self,
        points: Points,
        color: Color = "black",
        width: Number = 1,
        *,
        id: str | int | None = None,
        persistent: bool = False,
        depth: Number = 0,
        relative: bool = False,
        tween_duration: Number | None = None,
        alpha: Number = 1,
        angle: Number = 0,
        **unknown: Any,
    ) -> None:
        """Draw a line through two or more (x, y) points, ``width`` pixels thick."""
        if unknown:
            _refuse(LINE, unknown)
        call = (LINE, points, color, width, relative, depth, tween_duration, alpha, angle)
        self._draw(call, id, persistent)

    def polygon(
        self,
        points: Points,
        color: Color = "black",
        *,
        stroke_color: Color | None = None,
        stroke_width: Number | None = None,
        id: str | int | None = None,
        persistent: bool = False,
        depth: Number = 0,
        relative: bool = False,
        tween_duration: Number | None = None,
        alpha: Number = 1,
        angle: Number = 0,
        **unknown: Any,
    ) -> None:
        """Draw a filled shape with three or more (x, y) corners."""
        if unknown:
            _refuse(POLYGON, unknown)
        call = (
            POLYGON,
            points,
            color,
            stroke_color,
            stroke_width,
            relative,
            depth,
            tween_duration,
            alpha,
            angle,
        )
        self._draw(call, id, persistent)

    def text(
        self,
        text: object,
        x: Number,
        y: Number,
        size: Number = 16,
        color: Color = "black",
        *,
        font: str = "Arial",
        align: str = "left",
        baseline: str = "top",
        stroke_color: Color | None = None,
        stroke_width: Number | None = None,
        id: str | int | None = None,
        persistent: bool = False,
        depth: Number = 0,
        relative: bool = False,
        tween_duration: Number | None = None,
        alpha: Number = 1,
        angle: Number = 0,
        **unknown: Any,
    ) -> None:
        """Write text, ``size`` pixels high.

        x, y is its top left corner, unless ``align`` (left, center, right) or ``baseline`` (top,
        middle, bottom) say otherwise; ``angle`` turns it around x, y. A newline breaks the line.
        """
        if unknown:
            _refuse(TEXT, unknown)
        if type(text) is not str:
            text = str(text)
        call = (
            TEXT,
            text,
            x,
            y,
            size,
            color,
            font,
            align,
            baseline,
            stroke_color,
            stroke_width,
            relative,
            depth,
            tween_duration,
            alpha,
            angle,
        )
        self._draw(call, id, persistent)

    def image(
        self,
        image_name: str | None = None,
        x: Number = 0,
        y: Number = 0,
        width: Number | None = None,
        height: Number | None = None,
        frame: str | Number | None = None,
        *,
        name: str | None = None,
        w: Number | None = None,
        h: Number | None = None,
        id: str | int | None = None,
        persistent: bool = False,
        depth: Number = 0,
        relative: bool = False,
        tween_duration: Number | None = None,
        alpha: Number = 1,
        angle: Number = 0,
        **unknown: Any,
    ) -> None:
        """Draw a registered image, or one ``frame`` of a registered atlas; x, y is its top left corner.

        Without a width or height it has the picture's own. ``name`` is the same as ``image_name``.
        """
        if unknown:
            _refuse(IMAGE, unknown)
        call = (
            IMAGE,
            image_name,
            name,
            x,
            y,
            width,
            w,
            height,
            h,
            frame,
            relative,
            depth,
            tween_duration,
            alpha,
            angle,
        )
        self._draw(call, id, persistent)

    def arc(
        self,
        x: Number,
        y: Number,
        radius: Number,
        start_angle: Number,
        end_angle: Number,
        color: Color = "black",
        width: Number = 1,
        *,
        filled: bool = False,
        stroke_color: Color | None = None,
        stroke_width: Number | None = None,
        id: str | int | None = None,
        persistent: bool = False,
        depth: Number = 0,
        relative: bool = False,
        tween_duration: Number | None = None,
        alpha: Number = 1,
        angle: Number = 0,
        **unknown: Any,
    ) -> None:
        """Draw a part of a circle around x, y: a line ``width`` pixels thick, or with ``filled`` a slice.

        The angles are radians: a point at angle a is at (x + radius cos a, y + radius sin a), which
        runs clockwise on the screen, because y points down. It is drawn from start to end clockwise.
        """
        if unknown:
            _refuse(ARC, unknown)
        call = (
            ARC,
            x,
            y,
            radius,
            start_angle,
            end_angle,
            color,
            width,
            filled,
            stroke_color,
            stroke_width,
            relative,
            depth,
            tween_duration,
            alpha,
            angle,
        )
        self._draw(call, id, persistent)

    def register_image(self, name: str, path: str | os.PathLike[str]) -> None:
        """Name an image file for ``image()``. A relative path begins at the server's working directory."""
        where = "surface.register_image()"
        self._registry.add(Asset("image", asset_name(name, where), file_path(path, where)))

    def register_atlas(
        self, name: str, img_path: str | os.PathLike[str], json_path: str | os.PathLike[str]
    ) -> None:
        """Name an atlas for ``image(name, frame=…)``: image, and JSON file of its frames; paths alike."""
        where = "surface.register_atlas()"
        self._registry.add(
            Asset("atlas", asset_name(name, where), file_path(img_path, where), file_path(json_path, where))
        )

    def assets(self) -> tuple[Asset, ...]:
        """The registered images and atlases."""
        return self._registry.listing

    def __repr__(self) -> str:
        return f"Surface({self.width}, {self.height})"


def _refuse(kind: int, unknown: dict[str, Any]) -> NoReturn:
    word, method = next(iter(unknown)), TYPE_NAMES[kind]
    choices = list(inspect.signature(getattr(Surface, method)).parameters)[1:-1]
    fix = suggestion(word, choices) or f"it takes {', '.join(choices)}"
    raise SurfaceError(f"there is no '{word}'", f"surface.{method}()", fix)
