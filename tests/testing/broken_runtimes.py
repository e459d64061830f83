"""Runtimes that each break one law: broken ones, and broken games, which `running` lets a small one play."""

import itertools
import traceback

import orjson

from mug.components import EpisodeEnded, GameFailed, StoreError
from mug.engine.engine import Engine, Rules
from mug.engine.records import plain
from mug.errors import Problem
from mug.testing.conformance.table import DELTA, HEARTBEAT
from tests.testing.small_runtime import SmallGame, SmallRuntime

COUNTER = itertools.count()


def running(game):
    """A factory of runtimes that play such games."""
    return type(f"With{game.__name__}", (SmallRuntime,), {"game": game})


class Refuses(SmallRuntime):
    def check(self, spec):
        yield Problem("here", "this machine is too old")


class ComplainsInWords(SmallRuntime):
    def check(self, spec):
        yield "something"


class StartFails(SmallRuntime):
    async def start(self):
        raise OSError("no workers")


class ForgetsGames(SmallRuntime):
    """Stopping closes the records of games that were not over."""

    async def stop(self):
        for game in self.games:
            await game.record({"kind": "game_end", "reason": "stopped"})
        await super().stop()


class EndsGames(SmallRuntime):
    async def stop(self):
        for game in self.games:
            game.end("stopped")
        await super().stop()


class OneForAll(SmallRuntime):
    """A crash of one game ends them all."""

    def open(self, setup, link):
        game = super().open(setup, link)
        fail = game.fail

        def fail_all(error):
            fail(error)
            for other in self.games:
                if other is not game and not other.over:
                    other.fail(error)
                    other.task.cancel()

        game.fail = fail_all
        return game


class ReadyTwice(SmallGame):
    def say_ready(self, resumed):
        super().say_ready(resumed)
        super().say_ready(resumed)


class Impatient(SmallGame):
    def say_ready(self, resumed):
        super().say_ready(resumed)
        self.start()


class NeverReady(SmallGame):
    def say_ready(self, resumed):
        pass


class OverTwice(SmallGame):
    def say_ended(self, event):
        super().say_ended(event)
        super().say_ended(event)


class CountsFromZero(SmallGame):
    def say_ended(self, event):
        super().say_ended(
            EpisodeEnded(event.episode - 1, event.steps, event.rewards, event.reason, event.pause)
        )


class AlwaysPauses(SmallGame):
    def say_ended(self, event):
        super().say_ended(EpisodeEnded(event.episode, event.steps, event.rewards, event.reason, 0.0))


class OtherReason(SmallGame):
    def end(self, reason):
        super().end("finished")


class Generous(SmallGame):
    def end(self, reason):
        self.totals["player_0"] += 1
        super().end(reason)


class NeverEnds(SmallGame):
    def end(self, reason):
        pass


class LosesOne(SmallGame):
    async def record(self, entry):
        if entry.get("frame") != 4:
            await super().record(entry)


class RepeatsOne(SmallGame):
    async def record(self, entry):
        await super().record(entry)
        if entry.get("frame") == 4 and entry["kind"] == "step":
            await super().record(entry)


class Unclosed(SmallGame):
    async def record(self, entry):
        if entry["kind"] != "episode_end":
            await super().record(entry)


class WrongCount(SmallGame):
    def say_ended(self, event):
        super().say_ended(EpisodeEnded(event.episode, 9, event.rewards, event.reason, event.pause))


class NotJson(SmallGame):
    async def record(self, entry):
        self.link.records([(entry["kind"], b"step 1")])


class OtherKind(SmallGame):
    async def record(self, entry):
        self.link.records([("event", orjson.dumps(entry, option=orjson.OPT_SERIALIZE_NUMPY))])


class ShowsFirst(SmallGame):
    async def tick(self):
        step = self.engine.advance(self.actions())
        self.show()
        await self.record(plain(step))


class OneScreen(SmallGame):
    def show(self):
        self.picture("player_0")


class OnlyDeltas(SmallGame):
    def send(self, agent, kind, frame):
        super().send(agent, DELTA, frame)


class BackAndForth(SmallGame):
    def send(self, agent, kind, frame):
        super().send(agent, kind, frame - 2 if frame % 3 == 0 and frame else frame)


class Snippets(SmallGame):
    def send(self, agent, kind, frame):
        self.link.frame(agent, b"\x01")


class NoKeyframes(SmallGame):
    def keyframe(self, agent_id):
        pass


class NoKeyframesInPause(SmallGame):
    def keyframe(self, agent_id):
        self.full.add(agent_id)


class HeartbeatsOnly(SmallGame):
    def keyframe(self, agent_id):
        self.send(agent_id, HEARTBEAT, self.engine.frame)


class Deaf(SmallGame):
    def input(self, agent_id, player_input):
        pass


class Chorus(SmallGame):
    def input(self, agent_id, player_input):
        for agent in self.spec.humans:
            super().input(agent, player_input)


class Sticky(SmallGame):
    def input(self, agent_id, player_input):
        if player_input.action is not None:
            super().input(agent_id, player_input)


class Restless(SmallGame):
    def pause(self):
        pass


class Asleep(SmallGame):
    def resume(self):
        pass


class CatchesUp(SmallGame):
    """Plays what was missed in the pause at once, and counts it as one."""

    def resume(self):
        self.engine.advance({})
        super().resume()


class StopsForItself(SmallGame):
    async def cut(self):
        self.stopping = "stopped"
        await super().cut()


class StopsOpen(SmallGame):
    async def cut(self):
        self.engine.end(self.stopping)
        self.end(self.stopping)


class StopsTwice(SmallGame):
    def stop(self, reason):
        if self.over:
            self.over = False
            self.end(reason)
        super().stop(reason)


class Traceback(SmallGame):
    def fail(self, error):
        self.link.event(GameFailed("".join(traceback.format_exception(error)), ""))


class Discreet(SmallGame):
    def fail(self, error):
        self.link.event(GameFailed("the environment does not work", ""))


class Cheerful(SmallGame):
    def fail(self, error):
        self.end("completed")


class FailsAndEnds(SmallGame):
    def fail(self, error):
        super().fail(error)
        self.over = False
        self.end("failed")


class DropsRefused(SmallGame):
    async def record(self, entry):
        line = orjson.dumps(entry, option=orjson.OPT_SERIALIZE_NUMPY)
        try:
            self.link.records([(entry["kind"], line)])
        except StoreError:
            return


class GivesUp(SmallGame):
    async def record(self, entry):
        line = orjson.dumps(entry, option=orjson.OPT_SERIALIZE_NUMPY)
        self.link.records([(entry["kind"], line)])


class Unseeded(SmallGame):
    def __init__(self, setup, link):
        super().__init__(setup, link)
        self.make_engine = lambda: Engine(
            self.spec.make_env,
            Rules(agent_ids=self.spec.agent_ids, humans=self.spec.humans, num_episodes=3),
            {},
            next(COUNTER),
        )


class OneSeed(SmallGame):
    def make_engine(self):
        rules = Rules(agent_ids=self.spec.agent_ids, humans=self.spec.humans, num_episodes=3)
        return Engine(self.spec.make_env, rules, {}, 1)


class NoTakeover(SmallGame):
    def take_over(self, agent_id, policy):
        pass


class SharedSeat(SmallGame):
    """The player's keys still work after a policy took the seat."""

    def input(self, agent_id, player_input):
        self.engine.replace_policy(agent_id, None)
        super().input(agent_id, player_input)


class Forgetful(SmallGame):
    def rebuild(self):
        return 0


class RebuildsWrongly(SmallGame):
    def rebuild(self):
        steps = super().rebuild()
        if steps:
            self.engine.env.positions["player_0"] = 3
            self.engine.observations["player_0"][0] = 3
        return steps
