"""What a stager is built of: sequences, random orders, repetitions, Latin squares, treatments and branches.

These objects hold what the script gave and what is wrong with it; drawing a participant's way from them is in
`mug.scenes.drawing`. Like the scenes' builders they never raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mug.configurations.kinds import SAFE_NAME
from mug.configurations.settings import shown
from mug.errors import Problem, did_you_mean
from mug.scenes.scene import Scene

FULL = "full"
"""The arm of those for whom no treatment had a place left."""
DEFAULT = "default"
"""The arm of those for whom no case of a branch held."""
FAILED = "default (failed)"
"""The arm of those for whom a branch's function failed; they go the default way."""


class Node:
    """A part of a stager that holds scenes and other parts.

    Attributes:
        name: what it is called in the data; empty for one that is named by its kind and place.
        children: what it holds, in the order of the script.
    """

    kind = "node"
    parameters: tuple[str, ...] = ()

    def __init__(self, name: object, unknown: Mapping[str, object]) -> None:
        self.name = ""
        self.children: tuple[Node | Scene, ...] = ()
        self._problems: list[Problem] = []
        if name is not None:
            if isinstance(name, str) and SAFE_NAME.fullmatch(name):
                self.name = name
            else:
                self.wrong(
                    "name", f"name must be a name of letters, digits, '_', '-' and '.', got {shown(name)}"
                )
        for word in unknown:
            fix = did_you_mean(word, self.parameters)
            self.wrong(word, f"{type(self).__name__} has no setting '{word}'", fix)

    def own_problems(self) -> list[Problem]:
        """Return what is wrong with this part by itself."""
        return list(self._problems)

    def wrong(self, setting: str, what: str, fix: str = "") -> None:
        """Note something that is wrong with a setting."""
        label = f"{type(self).__name__} '{self.name}'" if getattr(self, "name", "") else type(self).__name__
        self._problems.append(Problem(f"{label}({setting}=)", what, fix))

    def nodes_in(self, scenes: object, setting: str) -> tuple[Node | Scene, ...]:
        """Return what a list of scenes holds; a list inside it is a sequence."""
        if isinstance(scenes, Scene | Node):
            return (scenes,)
        if isinstance(scenes, str | bytes | Mapping) or not isinstance(scenes, Iterable):
            self.wrong(setting, f"{setting} must be a list of scenes, got {shown(scenes)}")
            return ()
        return tuple(node for item in scenes if (node := self._node(item, setting)) is not None)

    def _node(self, item: object, setting: str) -> Node | Scene | None:
        if isinstance(item, Scene | Node):
            return item
        if isinstance(item, list | tuple):
            return Sequential(self.nodes_in(item, setting))
        fix = f"write {item.__name__}().scene(scene_id=…)" if isinstance(item, type) else ""
        self.wrong(setting, f"{shown(item)} is no scene", fix)
        return None


class Sequential(Node):
    """Scenes in the order given; what a list inside a list stands for."""

    kind = "sequence"

    def __init__(self, nodes: Sequence[Node | Scene]) -> None:
        super().__init__(None, {})
        self.children = tuple(nodes)


class RandomizeOrder(Node):
    """Scenes in an order drawn for each participant.

    Args:
        scenes: what to order: scenes, or lists of scenes that stay together in their order.
        keep_n: how many of them each participant gets; all when it is left out.
        name: what the drawn order is called in the data.
        **unknown: anything else is reported as a mistake.
    """

    kind = "random_order"
    parameters = ("scenes", "keep_n", "name")

    def __init__(
        self, scenes: object, keep_n: int | None = None, name: str | None = None, **unknown: object
    ) -> None:
        super().__init__(name, unknown)
        self.children = self.nodes_in(scenes, "scenes")
        self.keep_n = len(self.children)
        if not self.children and not self._problems:
            self.wrong("scenes", "there are no scenes to order")
        elif keep_n is not None:
            if isinstance(keep_n, int) and not isinstance(keep_n, bool) and 1 <= keep_n <= len(self.children):
                self.keep_n = keep_n
            else:
                wanted = f"a whole number from 1 to {len(self.children)}, the number of scenes"
                self.wrong("keep_n", f"keep_n must be {wanted}, got {shown(keep_n)}")


class RepeatScene(Node):
    """Scenes several times in a row. What is drawn inside is drawn anew each time.

    Args:
        scenes: a scene, or a list of scenes.
        n: how many times.
        **unknown: anything else is reported as a mistake.
    """

    kind = "repeat"
    parameters = ("scenes", "n")

    def __init__(self, scenes: object, n: int = 1, **unknown: object) -> None:
        super().__init__(None, unknown)
        self.children = self.nodes_in(scenes, "scenes")
        if not self.children and not self._problems:
            self.wrong("scenes", "there are no scenes to repeat")
        self.times = 1
        if isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= 1000:
            self.times = n
        else:
            self.wrong("n", f"n must be a whole number from 1 to 1000, got {shown(n)}")


class LatinSquare(Node):
    """Scenes in one of the orders of a balanced Latin square, so that order effects cancel out.

    With every row used equally often, each scene comes equally often at each place, and follows each other
    scene equally often. An even number of scenes takes as many rows as scenes, an odd number twice as many. A
    participant gets the row with the fewest places taken by people who completed or are taking part; ties are
    drawn.

    Args:
        scenes: what to order: scenes, or lists of scenes that stay together.
        name: what the row's order is called in the data.
        **unknown: anything else is reported as a mistake.
    """

    kind = "latin_square"
    parameters = ("scenes", "name")

    def __init__(self, scenes: object, name: str | None = None, **unknown: object) -> None:
        super().__init__(name, unknown)
        self.children = self.nodes_in(scenes, "scenes")
        if len(self.children) < 2:
            self.wrong("scenes", "a Latin square needs at least two scenes")

    def rows(self) -> list[tuple[int, ...]]:
        """Return the orders, each as indices into the scenes."""
        count = len(self.children)
        first = [(place + 1) // 2 if place % 2 else -(place // 2) for place in range(count)]
        rows = [tuple((start + step) % count for step in first) for start in range(count)]
        return rows if count % 2 == 0 else rows + [row[::-1] for row in rows]


class Treatments(Node):
    """One of several ways on, the same all through a participant's session: a between-participants design.

    A participant is assigned when they arrive, to the treatment that has the fewest places taken in
    proportion to its weight; ties are drawn. A place is taken by somebody who completed, or who is taking
    part; whoever drops out frees it again.

    Args:
        treatments: lists of scenes by the treatment's name.
        weights: how many participants each treatment should get in proportion; equal when left out.
        quotas: how many participants a treatment takes at most, by name.
        name: what the treatment is called in the data.
        when_full: the scene for those who arrive when every quota is reached.
        **unknown: anything else is reported as a mistake.
    """

    kind = "treatment"
    parameters = ("treatments", "weights", "quotas", "name", "when_full")

    def __init__(
        self,
        treatments: Mapping[str, object],
        weights: Mapping[str, float] | None = None,
        quotas: Mapping[str, int] | None = None,
        name: str | None = None,
        when_full: str | None = None,
        **unknown: object,
    ) -> None:
        super().__init__(name, unknown)
        self.arms = self._arms(treatments)
        self.children = tuple(Sequential(nodes) for nodes in self.arms.values())
        self.weights = dict.fromkeys(self.arms, 1.0) | self._by_arm(
            "weights", weights, _is_weight, "a number above 0"
        )
        self.quotas = self._by_arm("quotas", quotas, _is_quota, "a whole number, 0 or more")
        self.when_full = when_full if isinstance(when_full, str) else ""
        if when_full is not None and not isinstance(when_full, str):
            self.wrong("when_full", f"when_full must be a scene's id, got {shown(when_full)}")
        if self.arms and set(self.quotas) == set(self.arms) and not self.when_full:
            what = "every treatment has a quota, and nothing says what happens when all are reached"
            self.wrong("when_full", what, 'write when_full="…", the id of a scene that says so')
        if self.when_full and set(self.quotas) != set(self.arms):
            self.wrong("when_full", "when_full never happens: a treatment without a quota is never full")

    def _arms(self, treatments: object) -> dict[str, tuple[Node | Scene, ...]]:
        if not isinstance(treatments, Mapping) or len(treatments) < 2:
            what = (
                f"treatments must be a dict of at least two lists of scenes by name, got {shown(treatments)}"
            )
            self.wrong("treatments", what)
            return {}
        arms = {}
        for arm, scenes in treatments.items():
            if not isinstance(arm, str) or not SAFE_NAME.fullmatch(arm) or arm == FULL:
                self.wrong(
                    "treatments",
                    f"{shown(arm)} cannot be a treatment's name",
                    f"letters and digits, not '{FULL}'",
                )
            else:
                arms[arm] = self.nodes_in(scenes, "treatments")
        return arms

    def _by_arm(
        self, setting: str, given: object, right: Callable[[object], bool], wanted: str
    ) -> dict[str, Any]:
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            self.wrong(setting, f"{setting} must be a dict by treatment, got {shown(given)}")
            return {}
        kept = {}
        for arm, value in given.items():
            if arm not in self.arms:
                fix = did_you_mean(str(arm), self.arms)
                self.wrong(setting, f"{setting} has {shown(arm)}, which is no treatment", fix)
            elif not right(value):
                self.wrong(setting, f"{setting}[{arm!r}] must be {wanted}, got {shown(value)}")
            else:
                kept[arm] = value
        return kept


class Branch(Node):
    """A way on that depends on an answer or an outcome; decided when a participant gets there.

    Args:
        on: the fact to look at, as ``"scene_id.field"``, or a function that gets all facts and returns a
            value.
        cases: lists of scenes by the value for which they come.
        default: the scenes for every other value; none when left out.
        name: what the decision is called in the data.
        **unknown: anything else is reported as a mistake.
    """

    kind = "branch"
    parameters = ("on", "cases", "default", "name")

    def __init__(
        self,
        on: str | Callable[[Mapping[str, object]], object],
        cases: Mapping[Any, object],
        default: object = (),
        name: str | None = None,
        **unknown: object,
    ) -> None:
        super().__init__(name, unknown)
        self.on = on
        if not callable(on) and not (isinstance(on, str) and "." in on.strip(".")):
            self.wrong("on", f"on must be 'scene_id.field' or a function of the facts, got {shown(on)}")
        self.cases: dict[str, tuple[Node | Scene, ...]] = {}
        if not isinstance(cases, Mapping) or not cases:
            self.wrong("cases", f"cases must be a dict of lists of scenes by value, got {shown(cases)}")
        else:
            for value, scenes in cases.items():
                self._add_case(value, scenes)
        self.default = self.nodes_in(default, "default")
        self.children = (*(Sequential(nodes) for nodes in self.cases.values()), Sequential(self.default))

    def case_for(self, value: object) -> str:
        """Return which case a value belongs to, ``"default"`` when none."""
        text = as_text(value)
        return text if text in self.cases else DEFAULT

    def _add_case(self, value: object, scenes: object) -> None:
        text = as_text(value)
        if text is None or text == DEFAULT:
            self.wrong("cases", f"{shown(value)} cannot be a case", "cases are texts, numbers, True or False")
        elif text in self.cases:
            self.wrong("cases", f"two cases stand for {text!r}: answers are compared as text")
        else:
            self.cases[text] = self.nodes_in(scenes, "cases")


def as_text(value: object) -> str | None:
    """Return a value as the text by which answers are compared; None for what has none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else None


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def _is_quota(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
