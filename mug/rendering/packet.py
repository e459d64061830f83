"""What a surface commits, and what travels of it.

A command is ``(key, order, type, props)``. ``key`` names one thing on the surface for as long as it
is drawn. Commands are drawn in ascending ``(props.get("depth", 0), order)``. ``props`` are complete,
with everything at its default left out; nobody changes them once they are committed.

A delta is ``[set, removed]``: ``set`` holds whole commands, new or changed; ``removed`` holds keys.
Both consist of lists, tuples, dicts, numbers, text and (pixels only) bytes, so msgpack and JSON
can write them as they are. A full frame is the delta since None: clear, then apply it.

Numbers are surface pixels, y downwards; colors are ``#rrggbb`` or ``#rrggbbaa``. By type:

====  ========  ==========================================================================
0     surface   ``width height``: the coordinate system; always there, key 0, not drawn
1     rect      ``x y w h color``, ``border_radius=0``
2     circle    ``x y radius color``; x, y is the center
3     ellipse   ``x y rx ry color``; x, y is the center
4     line      ``points`` (x0, y0, x1, y1 …) ``color``, ``width=1``; open
5     polygon   ``points color``; closed and filled
6     text      ``text x y size color font``, ``align="left"`` (center, right),
                ``baseline="top"`` (middle, bottom); a newline breaks the line
7     image     ``name x y``, ``w h`` (natural size without), ``frame`` of an atlas (text or number)
8     arc       ``x y radius start end color``, ``width=1``, ``filled=False``; radians, clockwise on
                screen from start to end; filled is a slice of a pie, else a stroke of ``width``
9     pixels    ``x y w h png``: a whole picture
====  ========  ==========================================================================

Every drawn type also has ``depth=0``, ``alpha=1``, ``angle=0`` (degrees clockwise about the center
of the bounding box; for text about x, y), ``tween=0`` (milliseconds in which a changed command moves
to its new place), and, except line, image and pixels, ``stroke_color`` with ``stroke_width=1``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from mug.rendering.assets import Asset

SURFACE, RECT, CIRCLE, ELLIPSE, LINE, POLYGON, TEXT, IMAGE, ARC, PIXELS = range(10)
TYPE_NAMES = ("surface", "rect", "circle", "ellipse", "line", "polygon", "text", "image", "arc", "pixels")

Command: TypeAlias = tuple[int, int, int, dict[str, Any]]
Delta: TypeAlias = list[list[Any]]

LOWEST_ORDER = -(2**31)
_SURFACE_KEY = 0


class RenderPacket:
    """An immutable picture of one whole frame.

    ``width`` and ``height`` are the surface's, in pixels; ``assets`` are the pictures its image
    commands name.
    """

    __slots__ = ("assets", "height", "kept", "passing", "width")

    def __init__(
        self,
        width: float,
        height: float,
        kept: Sequence[Command],
        passing: Sequence[Command],
        assets: tuple[Asset, ...] = (),
    ) -> None:
        """``kept`` commands usually stay from frame to frame, ``passing`` ones usually change."""
        self.width = width
        self.height = height
        self.assets = assets
        self.kept = kept
        self.passing = passing

    def delta(self, since: RenderPacket | None) -> Delta | None:
        """What changes a picture of ``since`` into this one; None when nothing does.

        Since None is a full frame: what to draw on an empty picture.
        """
        if since is self:
            return None
        size: Command = (_SURFACE_KEY, LOWEST_ORDER, SURFACE, {"width": self.width, "height": self.height})
        if since is None:
            return [[size, *self.kept, *self.passing], []]
        changed: list[Command] = []
        removed: list[int] = []
        if since.width != self.width or since.height != self.height:
            changed.append(size)
        if since.kept is not self.kept:
            _compare(since.kept, self.kept, changed, removed)
        if since.passing is not self.passing:
            _compare(since.passing, self.passing, changed, removed)
        return [changed, removed] if changed or removed else None

    def __iter__(self) -> Iterator[Command]:
        """The commands, lowest first."""
        return iter(sorted((*self.kept, *self.passing), key=draw_order))

    def __len__(self) -> int:
        return len(self.kept) + len(self.passing)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RenderPacket):
            return NotImplemented
        return self is other or (self.delta(other) is None and self.assets == other.assets)

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> RenderPacket:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> RenderPacket:
        return self

    def __repr__(self) -> str:
        return f"<RenderPacket {self.width}x{self.height}, {len(self)} commands>"


def draw_order(command: Command) -> tuple[float, int]:
    """What commands are sorted by to be drawn, lowest first."""
    return command[3].get("depth", 0), command[1]


def _compare(
    before: Sequence[Command], after: Sequence[Command], changed: list[Command], removed: list[int]
) -> None:
    if len(before) == len(after):
        mark = len(changed)
        for old, new in zip(before, after, strict=True):
            if old is not new:
                if old[0] != new[0]:
                    del changed[mark:]
                    break
                if old != new:
                    changed.append(new)
        else:
            return
    known = {old[0]: old for old in before}
    for new in after:
        earlier = known.pop(new[0], None)
        if earlier is not new and earlier != new:
            changed.append(new)
    removed.extend(known)
