"""Whatever is drawn, a viewer who applies the deltas sees exactly the committed picture."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import msgpack
from hypothesis import given
from hypothesis import strategies as st

from mug.rendering import RenderPacket, Replica, Surface

IDS = st.sampled_from(["a", "b", "c", 7])
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, 1.25])
COLORS = st.sampled_from(["red", "#00f", (1, 2, 3), (1, 0, 0), (1.0, 0.0, 0.0)])
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "depth": st.integers(-1, 1),
    "alpha": st.sampled_from([1, 0.5]),
    "tween_duration": st.sampled_from([None, 100]),
}
SHAPES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "circle": {"x": NUMBERS, "y": NUMBERS, "radius": st.integers(0, 3), "color": COLORS},
    "rect": {"x": NUMBERS, "y": NUMBERS, "w": NUMBERS, "h": NUMBERS, "color": COLORS},
    "line": {"points": st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=3)},
    "text": {"text": st.sampled_from(["", "score", 3]), "x": NUMBERS, "y": NUMBERS},
}


@st.composite
def draw_calls(draw: st.DrawFn) -> tuple[Any, ...]:
    shape = draw(st.sampled_from(sorted(SHAPES)))
    keywords = {name: draw(values) for name, values in {**SHAPES[shape], **COMMON}.items()}
    kind = draw(st.sampled_from(["anonymous", "named", "persistent"]))
    if kind != "anonymous":
        keywords["id"] = draw(IDS)
    keywords["persistent"] = kind == "persistent"
    return "draw", shape, keywords


OPERATIONS = st.one_of(
    draw_calls(),
    draw_calls(),
    draw_calls(),
    st.tuples(st.just("remove"), IDS),
    st.tuples(st.just("reset")),
    st.tuples(st.just("commit"), st.integers(0, 2)),
    st.tuples(st.just("commit"), st.integers(0, 2)),
    st.tuples(st.just("replace"), st.sampled_from(["deepcopy", "pickle"])),
)


def over_the_wire(delta: Any) -> Any:
    return msgpack.unpackb(msgpack.packb(delta))


def shown(replica: Replica) -> list[Any]:
    return [(kind, props) for _, _, kind, props in replica.commands()]


def expected(packet: RenderPacket) -> list[Any]:
    return [(kind, props) for _, _, kind, props in packet]


class Viewer:
    def __init__(self) -> None:
        self.packet: RenderPacket | None = None
        self.replica = Replica()

    def look(self, packet: RenderPacket) -> None:
        delta = packet.delta(self.packet)
        if delta is not None:
            keys = [command[0] for command in delta[0]] + delta[1]
            assert len(set(keys)) == len(keys)
            self.replica.apply(over_the_wire(delta), full=self.packet is None)
        self.packet = packet


@given(st.lists(OPERATIONS, min_size=10, max_size=60))
def test_deltas_bring_every_viewer_to_the_whole_picture(operations: list[tuple[Any, ...]]) -> None:
    """For any drawing, removing, resetting and committing, each of several viewers who see packets at
    different times has after each delta what a newcomer gets as a full frame."""
    surface = Surface(100, 50)
    viewers = [Viewer() for _ in range(3)]
    for operation, *arguments in [*operations, ("commit", 0), ("commit", 1), ("commit", 2)]:
        if operation == "draw":
            shape, keywords = arguments
            getattr(surface, shape)(**keywords)
        elif operation == "remove":
            surface.remove(arguments[0])
        elif operation == "reset":
            surface.reset()
        elif operation == "replace":
            surface = (
                copy.deepcopy(surface) if arguments[0] == "deepcopy" else pickle.loads(pickle.dumps(surface))
            )
        else:
            packet = surface.commit()
            viewer = viewers[arguments[0]]
            viewer.look(packet)
            newcomer = Replica()
            newcomer.apply(over_the_wire(packet.delta(None)), full=True)
            assert shown(viewer.replica) == shown(newcomer) == expected(packet)
            assert (newcomer.width, newcomer.height) == (100, 50)
            places = [(props.get("depth", 0), order) for _, order, _, props in packet]
            assert len(set(places)) == len(places)
            assert packet.delta(packet) is None


@given(st.lists(OPERATIONS, min_size=10, max_size=40))
def test_what_is_drawn_is_what_a_simple_model_says(operations: list[tuple[Any, ...]]) -> None:
    """At equal depth persistent things lie below the others, each in the order of its first drawing,
    an id is one thing whose last drawing counts, and what is not persistent lasts one frame."""
    surface = Surface(100, 50)
    kept: dict[Any, Any] = {}
    frame: dict[Any, Any] = {}
    for operation, *arguments in operations:
        if operation == "draw":
            shape, keywords = arguments
            getattr(surface, shape)(**keywords)
            name = keywords.get("id", object())
            drawn = (shape, keywords["depth"])
            if keywords["persistent"]:
                frame.pop(name, None)
                kept[name] = drawn
            else:
                kept.pop(name, None)
                frame[name] = drawn
        elif operation == "remove":
            surface.remove(arguments[0])
            kept.pop(arguments[0], None)
            frame.pop(arguments[0], None)
        elif operation == "reset":
            surface.reset()
            kept.clear()
            frame.clear()
        elif operation == "commit":
            names = ["surface", "rect", "circle", "ellipse", "line", "polygon", "text"]
            picture = [(names[kind], props.get("depth", 0)) for _, _, kind, props in surface.commit()]
            assert picture == sorted([*kept.values(), *frame.values()], key=lambda drawn: drawn[1])
            frame.clear()


@given(st.lists(draw_calls(), max_size=10))
def test_the_same_drawing_after_reset_costs_nothing(calls: list[tuple[Any, ...]]) -> None:
    """Resetting and drawing the same again is no change for anybody."""
    surface = Surface(10, 10)

    def draw() -> RenderPacket:
        for _, shape, keywords in calls:
            getattr(surface, shape)(**keywords)
        return surface.commit()

    first = draw()
    surface.reset()
    again = draw()
    assert again is first
    assert again.delta(first) is None


@given(st.lists(draw_calls(), max_size=10), st.lists(OPERATIONS, max_size=20))
def test_save_and_load_bring_the_surface_back(
    calls: list[tuple[Any, ...]], operations: list[tuple[Any, ...]]
) -> None:
    """After load, a commit shows what a commit at the time of save would have shown, repeatedly."""
    surface = Surface(10, 10)
    for _, shape, keywords in calls:
        getattr(surface, shape)(**keywords)
    saved = surface.save()
    packet = copy.deepcopy(surface).commit()
    for _ in range(2):
        for operation, *arguments in operations:
            if operation == "draw":
                getattr(surface, arguments[0])(**arguments[1])
            elif operation == "remove":
                surface.remove(arguments[0])
            elif operation in ("reset", "commit"):
                getattr(surface, operation)()
        surface.load(saved)
        assert expected(surface.commit()) == expected(packet)
        surface.load(saved)


def test_deltas_are_json_except_for_pictures() -> None:
    """Everything that is not a picture can be written as JSON and read back the same."""
    surface = Surface(10, 10)
    surface.circle(x=1, y=2, radius=3, id="c", persistent=True)
    surface.line(points=[(0, 0), (1, 1)], depth=2)
    delta = surface.commit().delta(None)
    assert json.loads(json.dumps(delta)) == over_the_wire(delta)


def test_unchanged_persistent_commands_keep_their_identity() -> None:
    """A command that did not change is the same object in every packet, however it was written."""
    surface = Surface(10, 10)
    surface.circle(x=1, y=2, radius=3, color="red", id="c", persistent=True)
    (first,) = surface.commit()
    surface.circle(x=1.0, y=2, radius=3, color="#f00", id="c", persistent=True)
    surface.text("!", 0, 0)
    packet = surface.commit()
    assert next(iter(packet)) is first


def test_nothing_new_is_the_same_packet() -> None:
    """A frame like the last one is the last packet itself."""
    surface = Surface(10, 10)

    def frame() -> RenderPacket:
        surface.rect(0, 0, 5, 5, id="floor", persistent=True)
        surface.circle(1, 1, 1)
        return surface.commit()

    assert frame() is frame()


def test_the_same_call_later_in_a_frame_is_drawn_later() -> None:
    """A command that is found again is not put where it was when other things came before it."""
    surface = Surface(10, 10)
    surface.rect(0, 0, 1, 1, id="first")
    surface.circle(1, 1, 1)
    surface.commit()
    surface.circle(1, 1, 1)
    surface.rect(0, 0, 1, 1, id="first")
    packet = surface.commit()
    assert [kind for _, _, kind, _ in packet] == [2, 1]
    assert [order for _, order, _, _ in packet] == [0, 1]


def test_replacing_some_and_losing_others_names_each_once() -> None:
    """Where things changed, came and went at once, the delta has one entry for each."""
    surface = Surface(10, 10)
    for number in range(3):
        surface.circle(1, 1, 1, id=f"old {number}")
    before = surface.commit()
    for name in ("old 0", "new", "old 2"):
        surface.circle(2, 2, 2, id=name)
    delta = surface.commit().delta(before)
    assert delta is not None
    keys = [command[0] for command in delta[0]]
    assert len(keys) == len(set(keys)) == 3
    assert len(delta[1]) == 1


def test_a_moved_object_is_all_that_is_sent() -> None:
    """Moving one of many objects sends that one, under the key it had."""
    surface = Surface(100, 100)
    before = None
    for x in (10, 20):
        for i in range(20):
            surface.line([(i, 0), (i, 100)], id=f"line {i}", persistent=True)
        surface.circle(x, 50, 5, id="player")
        surface.circle(50, 50, 5)
        packet = surface.commit()
        if before is not None:
            delta = packet.delta(before)
            assert delta is not None
            changed, removed = delta
            assert [props["x"] for _, _, _, props in changed] == [20]
            assert changed[0][0] in {key for key, *_ in before}
            assert removed == []
        before = packet


def test_keys_of_forgotten_ids_do_not_pile_up() -> None:
    """An environment that invents new ids for ever does not fill the memory, and stays right."""
    surface = Surface(10, 10)
    viewer = Viewer()
    for i in range(20_000):
        surface.circle(1, 1, 1, id=f"spark {i}")
        surface.circle(2, 2, 2, id="sun", persistent=True)
        if i % 1000 == 0:
            viewer.look(surface.commit())
            assert len(viewer.replica.commands()) >= 2
        else:
            surface.commit()
    viewer.look(surface.commit())
    assert len(viewer.replica.commands()) == 1
    assert len(pickle.dumps(surface)) < 1_000_000
