"""Whether everybody who gets to a waiting room has what its matchmaker wants to know about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mug.components import Matchmaker
from mug.errors import Problem, did_you_mean
from mug.scenes.drawing import Path
from mug.scenes.gym_scene import GymScene
from mug.scenes.routes import Routes
from mug.scenes.scene import Scene
from mug.scenes.stager import Stager
from mug.scenes.stager_checks import GAME_FACTS


def missing_facts(stager: Stager, matchmakers: Mapping[str, Matchmaker]) -> Iterator[Problem]:
    """Yield each fact that a game's matchmaker needs and that some way to the game does not provide.

    Args:
        stager: the order of the scenes; it has no problems of its own.
        matchmakers: by the id of the game scene.
    """
    routes = Routes.through(stager)
    drawn = set(stager.names.values())
    for scene_id, matchmaker in matchmakers.items():
        for fact in sorted(matchmaker.needs - drawn):
            unaware = _reachable_without(routes, fact)
            if not unaware.isdisjoint(routes.places_of(scene_id)):
                yield _problem(stager, scene_id, matchmaker, fact)


def _reachable_without(routes: Routes, fact: str) -> set[Path]:
    """The places that somebody can get to before any scene has provided the fact."""
    found = set(routes.start)
    ahead = list(found)
    while ahead:
        place = ahead.pop()
        scene = routes.at.get(place)
        if isinstance(scene, Scene) and _provides(scene, fact):
            continue
        for following in routes.after.get(place, ()):
            if following not in found:
                found.add(following)
                ahead.append(following)
    return found


def _provides(scene: Scene, fact: str) -> bool:
    if isinstance(scene, GymScene):
        return fact in {f"{scene.scene_id}.{name}" for name in GAME_FACTS}
    fields = scene.fields()
    return fields is None or fact in fields or fact.removeprefix(f"{scene.scene_id}.") in fields


def _problem(stager: Stager, scene_id: str, matchmaker: Matchmaker, fact: str) -> Problem:
    known = {field for scene in stager.scenes() for field in scene.fields() or ()}
    asked = any(_provides(scene, fact) for scene in stager.scenes())
    what = "somebody can get there without having been asked" if asked else "no earlier scene asks for it"
    return Problem(
        f"scene '{scene_id}', .multiplayer(matchmaker=)",
        f"{type(matchmaker).__name__} needs to know '{fact}' of everybody, and {what}",
        (not asked and did_you_mean(fact, known))
        or f'ask for it before: .display(scene_body=\'… name="{fact}" …\', element_ids=["{fact}"])',
    )
