"""A small correct runtime: games are tasks of the event loop. The broken ones are made from it."""

import asyncio
import traceback

import orjson

from mug.components import EpisodeEnded, EpisodeStarted, GameFailed, GameOver, GameReady, Runtime, StoreError
from mug.engine.engine import Engine, Rules
from mug.engine.policies import RandomPolicy
from mug.engine.records import plain
from mug.testing.conformance.table import DELTA, FULL, HEADER

TICK = 0.002


class SmallGame:
    """A game in a task of the event loop."""

    def __init__(self, setup, link):
        self.setup, self.link, self.spec = setup, link, setup.spec
        self.started, self.unpaused = asyncio.Event(), asyncio.Event()
        self.unpaused.set()
        self.held = {}
        self.full = set(self.spec.humans)
        self.stopping = None
        self.over = False
        self.totals = dict.fromkeys(map(str, self.spec.agent_ids), 0.0)
        self.task = asyncio.create_task(self.play())

    # ------------------------------------------------------------------------------ the game's life

    def make_engine(self):
        rules = Rules(
            agent_ids=self.spec.agent_ids,
            humans=self.spec.humans,
            default_action=dict(self.spec.default_action),
            num_episodes=self.spec.num_episodes,
        )
        return Engine(self.spec.make_env, rules, {}, self.setup.seed)

    async def play(self):
        try:
            self.engine = self.make_engine()
            self.say_ready(self.rebuild())
            await self.started.wait()
            if self.engine.phase == "playing":
                await self.go_on()
            while self.engine.phase != "over":
                await self.begin()
                await self.go_on()
            self.end("completed")
        except Exception as error:
            self.fail(error)

    def say_ready(self, resumed):
        self.link.event(GameReady(resumed))

    def rebuild(self):
        steps = 0
        for line in self.setup.history:
            record = orjson.loads(line)
            if record["kind"] == "episode_start":
                self.engine.begin_episode()
            elif record["kind"] == "step":
                self.engine.advance(record["actions"], forced=True, sources=record["sources"])
                steps += 1
        return steps

    async def begin(self):
        await self.record(plain(self.engine.begin_episode()))
        self.link.event(EpisodeStarted(self.engine.episode))
        self.full |= set(self.spec.humans)
        self.show()

    async def go_on(self):
        while self.engine.phase == "playing":
            await asyncio.sleep(TICK)
            await self.unpaused.wait()
            if self.stopping is not None:
                return await self.cut()
            await self.tick()
        end = self.engine.episode_end
        await self.account(end, pause=None if self.engine.phase == "over" else 0.0)
        return None

    async def tick(self):
        await self.record(plain(self.engine.advance(self.actions())))
        self.show()

    async def cut(self):
        end = self.engine.end(self.stopping)
        if end is not None:
            await self.account(end, pause=None)
        self.end(self.stopping)

    async def account(self, end, pause):
        await self.record(plain(end))
        rewards = {str(agent): reward for agent, reward in end.rewards.items()}
        for name, reward in rewards.items():
            self.totals[name] += reward
        self.say_ended(EpisodeEnded(end.episode, end.steps, rewards, end.reason, pause))

    def say_ended(self, event):
        self.link.event(event)

    def end(self, reason):
        if not self.over:
            self.over = True
            self.link.event(GameOver(reason, self.totals))

    def fail(self, error):
        self.over = True
        detail = "".join(traceback.format_exception(error))
        self.link.event(GameFailed(str(error).splitlines()[0], detail))

    # ------------------------------------------------------------------------------------- what goes out

    async def record(self, entry):
        entry = entry | {"wall": 0}
        line = orjson.dumps(entry, option=orjson.OPT_SERIALIZE_NUMPY)
        while True:
            try:
                self.link.records([(entry["kind"], line)])
            except StoreError:
                await asyncio.sleep(TICK)
            else:
                return

    def show(self):
        for agent in self.spec.humans:
            self.picture(agent)

    def picture(self, agent):
        kind = FULL if agent in self.full else DELTA
        self.full.discard(agent)
        self.send(agent, kind, self.engine.frame)

    def send(self, agent, kind, frame):
        self.link.frame(agent, HEADER.pack(kind, 0, self.engine.episode, frame, self.engine.step_number, 0))

    def actions(self):
        return {agent: action for agent, action in self.held.items() if action is not None}

    # ----------------------------------------------------------------------------------- GameHandle

    def start(self):
        self.started.set()

    def input(self, agent_id, player_input):
        index = player_input.action
        self.held[agent_id] = None if index is None else self.spec.controls[agent_id].actions[index]

    def pause(self):
        self.unpaused.clear()

    def resume(self):
        self.unpaused.set()

    def keyframe(self, agent_id):
        self.full.add(agent_id)
        if not self.unpaused.is_set():
            self.picture(agent_id)

    def player_left(self, agent_id):
        self.held.pop(agent_id, None)

    def player_returned(self, agent_id):
        self.keyframe(agent_id)

    def take_over(self, agent_id, policy):
        self.engine.replace_policy(agent_id, RandomPolicy())

    def stop(self, reason):
        self.stopping = reason
        self.unpaused.set()


class SmallRuntime(Runtime):
    """The correct one."""

    name = "small"
    game = SmallGame

    def prepare(self, specs):
        self.specs = specs

    async def start(self):
        self.games = []

    async def stop(self):
        for game in self.games:
            game.task.cancel()
        await asyncio.gather(*(game.task for game in self.games), return_exceptions=True)

    def open(self, setup, link):
        self.games.append(self.game(setup, link))
        return self.games[-1]
