"""Plugin objects and packages that the tests of plugin sets are made with."""

import attrs

import mug
from mug.components import Route
from mug.errors import Problem

EXPERIMENT = object()
SOMEBODY = object()


@attrs.define(eq=False)
class Witness:
    """Writes down what it is told, and answers as it was told to."""

    name: str
    told: list = attrs.field(factory=list)
    fails: bool = False

    def _tell(self, hook):
        self.told.append((self.name, hook))
        if self.fails:
            raise RuntimeError(f"{self.name} is ill")

    @mug.hookimpl
    def mug_after_step(self, step, game):
        self._tell(("step", game, step))

    @mug.hookimpl
    def mug_on_game_start(self):
        self._tell("start")

    @mug.hookimpl
    async def mug_abandon(self, reason):
        self._tell(reason)

    @mug.hookimpl
    def mug_health(self):
        self._tell("health")
        return {"name": self.name}

    @mug.hookimpl
    def mug_routes(self):
        self._tell("routes")
        return [Route(f"{self.name}/{number}", print) for number in range(2)]

    @mug.hookimpl
    def mug_check(self):
        self._tell("check")
        yield Problem(self.name, "first")
        yield Problem(self.name, "second")


@attrs.define(eq=False)
class Judge:
    """Answers the deciding hooks with what it was given."""

    name: str
    answer: object = None
    asked: list = attrs.field(factory=list)

    def _answer(self):
        self.asked.append(self.name)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @mug.hookimpl
    def mug_identify(self, request):
        return self._answer()

    @mug.hookimpl
    async def mug_screen(self, participant):
        return self._answer()

    @mug.hookimpl
    async def mug_complete(self, participant, outcome):
        return self._answer()

    @mug.hookimpl
    def mug_store(self, experiment):
        return self._answer()


def judges(*answers):
    """A judge for each answer, sharing the list of who was asked."""
    asked = []
    return [Judge(f"judge-{number}", answer, asked) for number, answer in enumerate(answers)], asked


class Maker(mug.Matchmaker):
    def propose(self, waiting, size, now):
        return []


def giving(name, hook="mug_matchmakers", value=Maker):
    """A plugin object that registers one thing."""
    namespace = {hook: mug.hookimpl(_named(hook, lambda self: {name: value})), "name": f"gives-{name}"}
    return type("Giver", (), namespace)()


def _named(name, function):
    function.__name__ = name
    return function


USED = """
import mug

class Maker(mug.Matchmaker):
    def propose(self, waiting, size, now):
        return []

@mug.hookimpl
def mug_matchmakers():
    return {"used": Maker}

@mug.hookimpl
def mug_health():
    return {"here": True}
"""
