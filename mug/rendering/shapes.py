"""From the arguments of a drawing call to the props of a command.

Each shape takes the call's arguments as one tuple, in the order in which ``Surface`` gathers them,
and the surface's size in pixels, which fractions (``relative=True``) are multiplied with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from mug.rendering.colors import normalize
from mug.rendering.errors import SurfaceError, shown
from mug.rendering.packet import ARC, CIRCLE, ELLIPSE, IMAGE, LINE, POLYGON, RECT, TEXT, TYPE_NAMES

Props: TypeAlias = dict[str, Any]
Call: TypeAlias = tuple[Any, ...]

# beyond this, neither JavaScript nor msgpack keeps a number exact
_LARGEST = 2.0**53
_NUMPY_NUMBERS: frozenset[type] = frozenset(np.dtype(code).type for code in "?bBhHiIlLqQefd")


def number(value: Any, where: str) -> int | float:
    """A finite Python number; whole floats become ints, which are shorter on the wire.

    Raises:
        SurfaceError: it is not a number, not finite, or too large.
    """
    kind = type(value)
    if kind is not int and kind is not float:
        value = value.item() if kind in _NUMPY_NUMBERS else _plain_number(value, where)
    if -_LARGEST < value < _LARGEST:
        whole = int(value)
        return whole if whole == value else float(value)
    raise SurfaceError(f"must be a finite number, got {shown(value)}", where)


def _plain_number(value: Any, where: str) -> int | float:
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if not isinstance(value, str):
        try:
            return value if isinstance(value, int) else float(value)
        except (TypeError, ValueError):
            pass
    raise SurfaceError(f"must be a number, got {shown(value)}", where)


def extent(value: Any, where: str) -> int | float:
    """A number above 0.

    Raises:
        SurfaceError: it is none.
    """
    plain = number(value, where)
    if plain <= 0:
        raise SurfaceError(f"must be more than 0, got {shown(value)}", where)
    return plain


def _size(value: Any, where: str) -> int | float:
    plain = number(value, where)
    if plain < 0:
        raise SurfaceError(f"must not be negative, got {shown(value)}", where)
    return plain


def _points(points: Any, least: int, where: str) -> list[int | float]:
    if isinstance(points, np.ndarray):
        points = points.tolist()
    flat: list[int | float] = []
    try:
        for x, y in points:
            flat.append(number(x, where))
            flat.append(number(y, where))
    except (TypeError, ValueError) as error:
        if isinstance(error, SurfaceError):
            raise
        raise SurfaceError(
            f"must be a list of (x, y) pairs, got {shown(points)}", where, "points=[(0, 0), (10, 20)]"
        ) from None
    if len(flat) < 2 * least:
        raise SurfaceError(f"needs at least {least} points, got {len(flat) // 2}", where)
    return flat


def _stretch(props: Props, width: float, height: float) -> None:
    """Turn fractions of the surface into pixels; a radius is a fraction of the longer side."""
    factors = {"x": width, "w": width, "rx": width, "y": height, "h": height, "ry": height}
    factors["radius"] = max(width, height)
    for name in factors.keys() & props.keys():
        props[name] = number(props[name] * factors[name], name)
    if "points" in props:
        points = props["points"]
        points[0::2] = [number(x * width, "points") for x in points[0::2]]
        points[1::2] = [number(y * height, "points") for y in points[1::2]]


def _one_of(value: Any, choices: Iterable[str], where: str) -> str:
    if value not in choices:
        raise SurfaceError(f"must be one of {', '.join(choices)}; got {shown(value)}", where)
    return str(value)


def _either(first: Any, second: Any, names: str, method: str) -> Any:
    if first is not None and second is not None:
        raise SurfaceError(f"{names} mean the same; give one of them", f"surface.{method}()")
    return second if first is None else first


def _add_stroke(props: Props, stroke_color: Any, stroke_width: Any, method: str) -> None:
    if stroke_color is not None:
        props["stroke_color"] = normalize(stroke_color, f"surface.{method}(stroke_color=)")
        if stroke_width is not None:
            width = _size(stroke_width, f"surface.{method}(stroke_width=)")
            if width != 1:
                props["stroke_width"] = width
    elif stroke_width:
        raise SurfaceError(
            "a stroke_width needs a stroke_color", f"surface.{method}()", "stroke_color='black'"
        )


def _rect(call: Call) -> Props:
    _, x, y, wide, w, high, h, color, radius, stroke, stroke_width, *_ = call
    wide = _either(wide, w, "width and w", "rect")
    high = _either(high, h, "height and h", "rect")
    if wide is None or high is None:
        missing = "width" if wide is None else "height"
        raise SurfaceError(f"needs a {missing}", "surface.rect()", f"surface.rect(…, {missing}=50)")
    props = {
        "x": number(x, "surface.rect(x=)"),
        "y": number(y, "surface.rect(y=)"),
        "w": number(wide, "surface.rect(width=)"),
        "h": number(high, "surface.rect(height=)"),
        "color": normalize(color, "surface.rect(color=)"),
    }
    if radius:
        props["border_radius"] = _size(radius, "surface.rect(border_radius=)")
    if stroke is not None or stroke_width:
        _add_stroke(props, stroke, stroke_width, "rect")
    return props


def _circle(call: Call) -> Props:
    _, x, y, radius, color, stroke, stroke_width, *_ = call
    props = {
        "x": number(x, "surface.circle(x=)"),
        "y": number(y, "surface.circle(y=)"),
        "radius": _size(radius, "surface.circle(radius=)"),
        "color": normalize(color, "surface.circle(color=)"),
    }
    if stroke is not None or stroke_width:
        _add_stroke(props, stroke, stroke_width, "circle")
    return props


def _ellipse(call: Call) -> Props:
    _, x, y, rx, ry, color, stroke, stroke_width, *_ = call
    props = {
        "x": number(x, "surface.ellipse(x=)"),
        "y": number(y, "surface.ellipse(y=)"),
        "rx": _size(rx, "surface.ellipse(rx=)"),
        "ry": _size(ry, "surface.ellipse(ry=)"),
        "color": normalize(color, "surface.ellipse(color=)"),
    }
    if stroke is not None or stroke_width:
        _add_stroke(props, stroke, stroke_width, "ellipse")
    return props


def _line(call: Call) -> Props:
    _, points, color, thickness, *_ = call
    props: Props = {
        "points": _points(points, 2, "surface.line(points=)"),
        "color": normalize(color, "surface.line(color=)"),
    }
    thick = _size(thickness, "surface.line(width=)")
    if thick != 1:
        props["width"] = thick
    return props


def _polygon(call: Call) -> Props:
    _, points, color, stroke, stroke_width, *_ = call
    props: Props = {
        "points": _points(points, 3, "surface.polygon(points=)"),
        "color": normalize(color, "surface.polygon(color=)"),
    }
    if stroke is not None or stroke_width:
        _add_stroke(props, stroke, stroke_width, "polygon")
    return props


def _text(call: Call) -> Props:
    _, text, x, y, size, color, font, align, baseline, stroke, stroke_width, *_ = call
    if not isinstance(font, str) or not font:
        raise SurfaceError(f"must be a font's name, got {shown(font)}", "surface.text(font=)")
    props: Props = {
        "text": str(text),
        "x": number(x, "surface.text(x=)"),
        "y": number(y, "surface.text(y=)"),
        "size": _size(size, "surface.text(size=)"),
        "color": normalize(color, "surface.text(color=)"),
        "font": font,
    }
    if align != "left":
        props["align"] = _one_of(align, ("left", "center", "right"), "surface.text(align=)")
    if baseline != "top":
        props["baseline"] = _one_of(baseline, ("top", "middle", "bottom"), "surface.text(baseline=)")
    if stroke is not None or stroke_width:
        _add_stroke(props, stroke, stroke_width, "text")
    return props


def _image(call: Call) -> Props:
    _, image_name, name, x, y, wide, w, high, h, frame, *_ = call
    image_name = _either(image_name, name, "image_name and name", "image")
    if not isinstance(image_name, str) or not image_name:
        raise SurfaceError(f"must be a registered image's name, got {shown(image_name)}", "surface.image()")
    wide = _either(wide, w, "width and w", "image")
    high = _either(high, h, "height and h", "image")
    props: Props = {
        "name": image_name,
        "x": number(x, "surface.image(x=)"),
        "y": number(y, "surface.image(y=)"),
    }
    if wide is not None:
        props["w"] = _size(wide, "surface.image(width=)")
    if high is not None:
        props["h"] = _size(high, "surface.image(height=)")
    if frame is not None:
        props["frame"] = frame if isinstance(frame, str) else number(frame, "surface.image(frame=)")
    return props


def _arc(call: Call) -> Props:
    _, x, y, radius, start, end, color, thickness, filled, stroke, stroke_width, *_ = call
    props = {
        "x": number(x, "surface.arc(x=)"),
        "y": number(y, "surface.arc(y=)"),
        "radius": _size(radius, "surface.arc(radius=)"),
        "start": number(start, "surface.arc(start_angle=)"),
        "end": number(end, "surface.arc(end_angle=)"),
        "color": normalize(color, "surface.arc(color=)"),
    }
    if filled:
        props["filled"] = True
    thick = _size(thickness, "surface.arc(width=)")
    if thick != 1:
        props["width"] = thick
    if stroke is not None or stroke_width:
        _add_stroke(props, stroke, stroke_width, "arc")
    return props


_BUILDERS: dict[int, Callable[[Call], Props]] = {
    RECT: _rect,
    CIRCLE: _circle,
    ELLIPSE: _ellipse,
    LINE: _line,
    POLYGON: _polygon,
    TEXT: _text,
    IMAGE: _image,
    ARC: _arc,
}


def props_of(call: Call, width: float, height: float) -> Props:
    """The props of one drawing call, everything checked and in its wire form.

    Raises:
        SurfaceError: an argument cannot be drawn.
    """
    kind: int = call[0]
    relative, depth, tween_duration, alpha, angle = call[-5:]
    props = _BUILDERS[kind](call)
    if relative:
        _stretch(props, width, height)
    if depth or tween_duration or alpha != 1 or angle:
        _add_common(props, TYPE_NAMES[kind], depth, tween_duration, alpha, angle)
    return props


def _add_common(props: Props, method: str, depth: Any, tween_duration: Any, alpha: Any, angle: Any) -> None:
    if depth:
        props["depth"] = number(depth, f"surface.{method}(depth=)")
    if tween_duration:
        props["tween"] = _size(tween_duration, f"surface.{method}(tween_duration=)")
    if alpha != 1:
        opacity = number(alpha, f"surface.{method}(alpha=)")
        if not 0 <= opacity <= 1:
            raise SurfaceError(f"must be from 0 to 1, got {shown(alpha)}", f"surface.{method}(alpha=)")
        props["alpha"] = opacity
    if angle:
        props["angle"] = number(angle, f"surface.{method}(angle=)")


_UNCHANGING: frozenset[type] = frozenset({int, float, str, bool, type(None), *_NUMPY_NUMBERS})


def frozen(call: Call) -> Call:
    """The arguments, safe to compare later calls with.

    Lists are copied. What could change unseen (arrays, other objects) becomes something that equals
    nothing, so that it is looked at again each time.
    """
    if _UNCHANGING.issuperset(map(type, call)):
        return call
    return tuple(_freeze(value) for value in call)


def _freeze(value: Any) -> Any:
    kind = type(value)
    if kind in _UNCHANGING:
        return value
    if kind is not tuple and kind is not list:
        return object()
    if _UNCHANGING.issuperset(map(type, value)):
        # (1, 0, 0) equals (1.0, 0.0, 0.0), but it is another color
        return object() if len(value) > 2 and 1 in value else kind(value)
    return kind(_freeze(item) for item in value)
