"""What can be wrong with the order of the scenes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mug.errors import Problem, did_you_mean
from mug.outcomes import COMPLETED
from mug.scenes.gym_scene import GymScene
from mug.scenes.orders import Branch, Node, Treatments
from mug.scenes.routes import END, Routes
from mug.scenes.scene import Scene

if TYPE_CHECKING:
    from mug.scenes.stager import Stager

GAME_FACTS = ("outcome", "reason", "reward", "episodes", "total_reward", "total_episodes", "filled")
"""What is known about every game that was played, as ``"scene_id.reward"`` and so on.

The totals are over all games of a scene that is played several times; ``filled`` is how many people a policy
played for from the start.
"""


def problems_of(stager: Stager) -> list[Problem]:
    """Return everything that is wrong with a stager."""
    found = [
        problem for _, node in stager.walk() if isinstance(node, Node) for problem in node.own_problems()
    ]
    found += _names(stager)
    if not stager.scenes():
        return [*found, Problem("Stager(scenes=)", "there are no scenes", "write scenes=[start, game, end]")]
    routes = Routes.through(stager)
    for check in (_endings, _waits, _targets, _branches, _unreachable):
        found += check(stager, routes)
    return found


def _names(stager: Stager) -> Iterator[Problem]:
    by_id: dict[str, Scene] = {}
    for scene in stager.scenes():
        known = by_id.setdefault(scene.scene_id.lower(), scene)
        if scene.scene_id and known is not scene:
            what = f"two scenes have the id {scene.scene_id!r}"
            if known.scene_id != scene.scene_id:
                what = f"the ids {known.scene_id!r} and {scene.scene_id!r} are one folder on some systems"
            yield scene.problem("scene", "scene_id", what, "give each scene an id of its own")
    names: set[str] = set()
    for path, name in stager.names.items():
        if name in names:
            node = next(node for place, node in stager.walk() if place == path)
            yield Problem(f"{type(node).__name__}(name=)", f"two parts of the stager are named {name!r}")
        names.add(name)
    for scene in stager.scenes():
        for name in sorted(names.intersection(scene.fields() or ())):
            what = f"an answer is named {name!r} like a part of the stager, and would hide what that assigned"
            yield Problem(f"{scene.label()}, answer '{name}'", what, "give the part another name")


def _endings(stager: Stager, routes: Routes) -> Iterator[Problem]:
    last = {routes.at[place] for place, following in routes.after.items() if END in following}
    names = sorted({scene.scene_id for scene in last if isinstance(scene, Scene)})
    if not any(scene.ends for scene in stager.scenes()):
        what = "the experiment has no end: there is no EndScene"
    elif names:
        what = f"the experiment can run out without an ending, after scene {_listed(names)}"
    elif last or not routes.start:
        what = "the experiment can run out without an ending"
    else:
        return
    yield Problem(
        "Stager(scenes=)", what, 'let every way end with static_scene.EndScene().scene(scene_id="end")'
    )


def _waits(stager: Stager, routes: Routes) -> Iterator[Problem]:
    told: set[str] = set()
    for place, scene in routes.at.items():
        if not isinstance(scene, Scene) or scene.kind != "wait" or scene.scene_id in told:
            continue
        for following in sorted(routes.after[place]):
            what = _no_lobby(routes.at.get(following))
            if what:
                told.add(scene.scene_id)
                fix = "put the WaitScene directly before its GymScene; in other parts as a list: [wait, game]"
                yield Problem(f"{scene.label()}, its place in the Stager", what, fix)
                break


def _no_lobby(game: Scene | Branch | None) -> str:
    if game is None:
        return "nothing comes after the WaitScene"
    if isinstance(game, Branch):
        return "the WaitScene is followed by a Branch, and it has to be clear which game people wait for"
    if not isinstance(game, GymScene):
        return f"the WaitScene is followed by {game.label()}, which is no GymScene"
    if game.agent_ids() and not game.has_lobby():
        return f"the WaitScene is followed by {game.label()}, in which nobody waits for anybody"
    return ""


def _targets(stager: Stager, routes: Routes) -> Iterator[Problem]:
    ids = [scene.scene_id for scene in stager.scenes() if scene.scene_id]
    for scene in stager.scenes():
        if isinstance(scene, GymScene) and (target := scene.setting("timeout_scene_id")) is not None:
            if target not in ids:
                yield scene.problem(
                    "waitroom", "timeout_scene_id", f"there is no scene {target!r}", _close(target, ids)
                )
            elif target == scene.scene_id:
                yield scene.problem(
                    "waitroom", "timeout_scene_id", "those who waited too long would wait again"
                )
    for _, node in stager.walk():
        if isinstance(node, Treatments) and node.when_full and node.when_full not in ids:
            what = f"there is no scene {node.when_full!r}"
            yield Problem("Treatments(when_full=)", what, _close(node.when_full, ids))


def _branches(stager: Stager, routes: Routes) -> Iterator[Problem]:
    scenes = {scene.scene_id: scene for scene in stager.scenes()}
    for place, branch in routes.at.items():
        if not isinstance(branch, Branch) or not isinstance(branch.on, str):
            continue
        scene_id, _, field = branch.on.rpartition(".")
        scene = scenes.get(scene_id)
        if scene is None:
            yield Problem("Branch(on=)", f"there is no scene {scene_id!r}", _close(scene_id, list(scenes)))
            continue
        fields = GAME_FACTS if isinstance(scene, GymScene) else scene.fields()
        if fields is not None and field not in fields:
            fix = did_you_mean(field, fields) or (
                f"it has {_listed(sorted(fields))}" if fields else "it has none"
            )
            yield Problem("Branch(on=)", f"scene {scene_id!r} gives no answer {field!r}", fix)
        elif place not in routes.reachable(routes.places_of(scene_id)):
            yield Problem("Branch(on=)", f"scene {scene_id!r} does not come before the branch")


def _unreachable(stager: Stager, routes: Routes) -> Iterator[Problem]:
    targets = {node.when_full for _, node in stager.walk() if isinstance(node, Treatments)}
    targets |= {scene.setting("timeout_scene_id") for scene in stager.scenes() if isinstance(scene, GymScene)}
    targets |= {scene.scene_id for scene in stager.scenes() if scene.ends and scene.outcome != COMPLETED}
    jumps = [place for target in targets if target for place in routes.places_of(target)]
    reached = routes.reachable([*routes.start, *jumps])
    met = {id(routes.at[place]) for place in reached if place in routes.at}
    for scene in stager.scenes():
        if id(scene) not in met:
            what = "nobody gets here: it stands behind an EndScene"
            yield Problem(f"{scene.label()}, its place in the Stager", what, "put it before the EndScene")


def _close(name: str, ids: list[str]) -> str:
    return did_you_mean(name, ids) or f"the scenes are {_listed(ids)}"


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
