"""Every way there is through a stager: which scene or branch can come directly after which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from mug.scenes.drawing import Path
from mug.scenes.orders import Branch, LatinSquare, Node, RandomizeOrder, RepeatScene, Treatments
from mug.scenes.scene import Scene

END: Path = (-1,)
"""Stands for the end of the stager, where nothing comes any more."""


@attrs.frozen
class Part:
    """How a part of the stager joins what stands around it.

    Attributes:
        firsts: the places where it can begin.
        lasts: the places after which it can be over.
        skips: whether there is a way through it that has no place at all.
    """

    firsts: frozenset[Path]
    lasts: frozenset[Path]
    skips: bool


@attrs.define
class Routes:
    """The graph of places.

    Attributes:
        at: the scene or branch at each place.
        after: the places that can come directly after each place; `END` is one of them.
        start: the places where a participant can begin.
    """

    at: dict[Path, Scene | Branch] = attrs.field(factory=dict)
    after: dict[Path, set[Path]] = attrs.field(factory=dict)
    start: frozenset[Path] = frozenset()

    @classmethod
    def through(cls, root: Node) -> Routes:
        """Return every way through a stager."""
        routes = cls()
        whole = routes._part(root, ())
        routes._join(whole.lasts, [END])
        routes.start = whole.firsts
        return routes

    def reachable(self, places: Iterable[Path]) -> set[Path]:
        """Return all places that can come at or after the given ones."""
        found = set(places)
        ahead = list(found)
        while ahead:
            for following in self.after.get(ahead.pop(), ()):
                if following not in found:
                    found.add(following)
                    ahead.append(following)
        return found

    def places_of(self, scene_id: str) -> list[Path]:
        """Return where a scene stands."""
        return [
            path for path, node in self.at.items() if isinstance(node, Scene) and node.scene_id == scene_id
        ]

    def _part(self, node: Node | Scene, path: Path) -> Part:
        if isinstance(node, Scene):
            self.at[path] = node
            self.after[path] = set()
            here = frozenset([path])
            return Part(here, frozenset() if node.ends else here, False)
        parts = [self._part(child, (*path, index)) for index, child in enumerate(node.children)]
        match node:
            case Branch():
                return self._branch(node, path, parts)
            case Treatments():
                return _either(parts)
            case RandomizeOrder():
                return self._any_order(parts, node.keep_n)
            case LatinSquare():
                return self._any_order(parts, len(parts))
            case RepeatScene():
                whole = self._sequence(parts)
                if node.times > 1:
                    self._join(whole.lasts, whole.firsts)
                return whole
        return self._sequence(parts)

    def _branch(self, node: Branch, path: Path, parts: Sequence[Part]) -> Part:
        self.at[path] = node
        self.after[path] = set()
        cases = _either(parts)
        self._join([path], cases.firsts)
        here = frozenset([path])
        return Part(here, cases.lasts | here if cases.skips else cases.lasts, False)

    def _sequence(self, parts: Sequence[Part]) -> Part:
        firsts: frozenset[Path] = frozenset()
        lasts: frozenset[Path] = frozenset()
        skips = True
        for part in parts:
            self._join(lasts, part.firsts)
            firsts = firsts | part.firsts if skips else firsts
            lasts = part.lasts | lasts if part.skips else part.lasts
            skips = skips and part.skips
        return Part(firsts, lasts, skips)

    def _any_order(self, parts: Sequence[Part], kept: int) -> Part:
        if kept > 1:
            for one in parts:
                for other in parts:
                    if one is not other:
                        self._join(one.lasts, other.firsts)
        return attrs.evolve(_either(parts), skips=sum(part.skips for part in parts) >= kept)

    def _join(self, lasts: Iterable[Path], firsts: Iterable[Path]) -> None:
        targets = set(firsts)
        for last in lasts:
            self.after[last] |= targets


def _either(parts: Sequence[Part]) -> Part:
    return Part(
        frozenset().union(*(part.firsts for part in parts)),
        frozenset().union(*(part.lasts for part in parts)),
        not parts or any(part.skips for part in parts),
    )
