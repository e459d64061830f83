"""The laws of environments: what seed and actions do not determine can be neither repeated nor replayed."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from mug.engine.engine import Engine, Rules
from mug.engine.environments import adapt
from mug.engine.errors import EngineFault
from mug.engine.records import AgentId, to_plain
from mug.engine.seeds import derive_seed
from mug.rendering import RenderPacket
from mug.testing.conformance.failure import ConformanceError, require

Factory = Callable[[], object]
SEED = 20_260
STEPS = 60
REWINDS = (1, 3, 8)
"""How many steps are taken back when saving and loading is checked."""


def check_can_be_played(factory: Factory) -> None:
    """It is an environment of a known kind, whose resets and steps give what they should."""
    trial = Trial(factory)
    for _ in range(STEPS):
        trial.go_on()


def check_episodes_follow_each_other(factory: Factory) -> None:
    """The environment can be reset at any time and begins anew each time."""
    trial = Trial(factory, episode_steps=5)
    while trial.engine.episode < 4:
        trial.go_on()


def check_spaces_hold(factory: Factory) -> None:
    """Every observation is in its agent's observation space, if the environment has one."""
    trial = Trial(factory)
    for _ in range(STEPS):
        trial.go_on()
        for agent, observation in trial.engine.observations.items():
            space = trial.environment.observation_space(agent)
            require(
                space is None or _holds(space, observation),
                f"at {trial.place()} the observation of {agent!r} is not in {space}: {_short(observation)}",
            )


def check_numbers_are_finite(factory: Factory) -> None:
    """Observations and rewards hold numbers, none of which is infinite or NaN."""
    trial = Trial(factory)
    for _ in range(STEPS):
        record = trial.go_on()
        for name in ("observations", "rewards"):
            for number in _numbers(to_plain(record).get(name)):
                require(math.isfinite(number), f"{name} of {trial.place()} hold {number}")


def check_a_seed_determines_the_start(factory: Factory) -> None:
    """The same seed gives the same first observation, in another instance and after an episode."""
    first, second = Trial(factory), Trial(factory)
    _same(first.go_on(), second.go_on(), "two instances that were reset with the same seed start differently")
    start = first.restart()
    for _ in range(5):
        first.go_on()
    _same(start, first.restart(), "after an episode, a reset with the same seed starts differently")


def check_the_same_actions_give_the_same_game(factory: Factory) -> None:
    """Seed and actions determine everything: observations, rewards, endings and infos."""
    first, second = Trial(factory), Trial(factory)
    for _ in range(STEPS):
        _same(
            first.go_on(),
            second.go_on(),
            f"two games with the same seed and actions differ at {first.place()}",
        )


def check_instances_share_nothing(factory: Factory) -> None:
    """What happens in one game does not change another one in the same process."""
    alone = [_digest(record) for record in Trial(factory).records(STEPS)]
    trial, other = Trial(factory), Trial(factory, seed=SEED + 1)
    for digest in alone:
        other.go_on()
        _same(
            digest,
            _digest(trial.go_on()),
            f"at {trial.place()} a game differs because another one is played:"
            " state is kept in the class or module",
        )


def check_saving_and_loading(factory: Factory) -> None:
    """Going back to a saved state and repeating the actions gives the same again, pictures included.

    Reconnecting to a restarted server, replaying data and rollback all rest on this.
    """
    for distance in REWINDS:
        trial = Trial(factory, episode_steps=20)
        trial.go_on()
        for _ in range(12):
            snapshot, step = trial.save()
            picture = trial.picture()
            first = [_digest(record) for record in trial.records(distance)]
            trial.load(snapshot, step)
            place = trial.place()
            _same(
                picture, trial.picture(), f"the picture at {place} is another one after loading a saved state"
            )
            for number, digest in enumerate(first, start=1):
                _same(
                    digest,
                    _digest(trial.go_on()),
                    f"{number} steps after {place}, the game goes on differently from a saved state:"
                    " something is not part of the environment's own state",
                )


def check_it_draws(factory: Factory) -> None:
    """render() returns a picture: surface.commit(), or an RGB array."""
    trial = Trial(factory)
    trial.go_on()
    require(
        trial.packet() is not None,
        "render() returned nothing: return surface.commit(), or make it with render_mode='rgb_array'",
    )
    for _ in range(10):
        trial.go_on()
        trial.packet()


def check_drawing_changes_nothing(factory: Factory) -> None:
    """A game in which every frame is drawn is the same as one in which none is."""
    drawn, undrawn = Trial(factory), Trial(factory)
    for _ in range(STEPS):
        drawn.packet() if drawn.engine.episode else None
        _same(drawn.go_on(), undrawn.go_on(), f"render() changed the game: it differs at {drawn.place()}")


def check_it_can_be_closed(factory: Factory) -> None:
    """close() works after playing, and after doing nothing."""
    played, idle = Trial(factory), Trial(factory)
    played.go_on()
    played.guarded("close()", played.engine.close)
    idle.guarded("close()", idle.engine.close)


CHECKS: Sequence[Callable[[Factory], None]] = (
    check_can_be_played,
    check_episodes_follow_each_other,
    check_spaces_hold,
    check_numbers_are_finite,
    check_a_seed_determines_the_start,
    check_the_same_actions_give_the_same_game,
    check_instances_share_nothing,
    check_saving_and_loading,
    check_it_draws,
    check_drawing_changes_nothing,
    check_it_can_be_closed,
)


class Trial:
    """A game played with actions that depend on nothing but the seed and the number of the step."""

    def __init__(self, factory: Factory, seed: int = SEED, episode_steps: int | None = None) -> None:
        try:
            made = factory()
        except Exception as error:
            raise ConformanceError(
                f"making the environment raised {type(error).__name__}: {error}"
            ) from error
        self.seed = seed
        self.ids = _agent_ids(made)
        self.step = 0
        rules = Rules(agent_ids=self.ids, humans=self.ids, num_episodes=10**6, max_steps=episode_steps)
        self.engine: Engine = self.guarded("making the game", lambda: Engine(lambda: made, rules, {}, seed))
        self.environment = self.guarded("making the game", lambda: adapt(made, self.ids))

    def go_on(self) -> Any:
        """Begin the next episode if none is going on, else step; returns the record of it."""
        self.step += 1
        if self.engine.phase != "playing":
            return self.guarded("begin_episode", self.engine.begin_episode)
        actions = self.actions_for(self.engine.agents, self.step)
        return self.guarded("step", lambda: self.engine.advance(actions))

    def restart(self) -> Any:
        """Reset the environment as the first episode did; returns what the agents see."""
        seed = derive_seed(self.seed, 1)
        return self.guarded("reset()", lambda: to_plain(self.environment.reset(seed)))

    def records(self, count: int) -> list[Any]:
        """Go on so many times."""
        return [self.go_on() for _ in range(count)]

    def actions_for(self, agents: Sequence[AgentId], step: int) -> dict[AgentId, Any]:
        """An action for each agent, drawn for this step, legal ones where the environment says which are."""
        return {agent: self._action(agent, step) for agent in agents}

    def packet(self) -> RenderPacket | None:
        """The picture of now, of the first agent where each has its own."""
        viewer = self.ids[0] if self.engine.per_player_views else None
        packet: RenderPacket | None = self.guarded("render()", lambda: self.engine.render(viewer))
        return packet

    def picture(self) -> str:
        """What would be sent to a browser that has nothing yet."""
        packet = self.packet()
        return "" if packet is None else repr(packet.delta(None))

    def save(self) -> tuple[Any, int]:
        """The state of the game and of the actions to come."""
        return self.guarded("saving", self.engine.save), self.step

    def load(self, snapshot: Any, step: int) -> None:
        """Go back to a saved state."""
        self.guarded("loading", lambda: self.engine.load(snapshot))
        self.step = step

    def place(self) -> str:
        """Where in the game this is, for messages."""
        return f"episode {self.engine.episode}, step {self.engine.step_number}"

    def guarded(self, what: str, action: Callable[[], Any]) -> Any:
        """Do something with the environment; what goes wrong is its fault."""
        try:
            return action()
        except EngineFault as fault:
            raise ConformanceError(fault.what + (f" ({fault.fix})" if fault.fix else "")) from fault
        except Exception as error:
            raise ConformanceError(f"{what} raised {type(error).__name__}: {error}") from error

    def _action(self, agent: AgentId, step: int) -> Any:
        space = copy.deepcopy(self.environment.action_space(agent))
        space.seed(derive_seed(self.seed, "conformance", str(agent), step))
        mask = _mask(self.engine.observations.get(agent), self.engine.infos.get(agent))
        return space.sample() if mask is None else space.sample(mask)


def _agent_ids(env: object) -> tuple[AgentId, ...]:
    """The environment's agents; ``player_0`` is the one of an environment for one."""
    several = getattr(env, "possible_agents", None)
    if several is None:
        parts = getattr(getattr(env, "action_space", None), "spaces", None)
        several = list(parts) if isinstance(parts, Mapping) else None
    return tuple(several) if several else ("player_0",)


def _holds(space: Any, observation: Any) -> bool:
    """Whether an observation is in a space; numbers of the same kind may be stored with other precision."""
    if space.contains(observation):
        return True
    parts = getattr(space, "spaces", None)
    if isinstance(parts, Mapping) and isinstance(observation, Mapping):
        return set(parts) == set(observation) and all(_holds(parts[key], observation[key]) for key in parts)
    dtype = getattr(space, "dtype", None)
    numbers = np.asarray(observation)
    if dtype is None or np.dtype(dtype).kind != numbers.dtype.kind:
        return False
    return bool(space.contains(numbers.astype(dtype)))


def _mask(observation: object, info: object) -> Any:
    """Which actions are legal now, as PettingZoo's environments say it."""
    for holder in (observation, info):
        if isinstance(holder, Mapping) and "action_mask" in holder:
            return holder["action_mask"].astype("int8")
    return None


def _digest(record: Any) -> str:
    return record if isinstance(record, str) else json.dumps(to_plain(record), sort_keys=True)


def _same(first: Any, second: Any, sentence: str) -> None:
    if _digest(first) != _digest(second):
        raise ConformanceError(sentence)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _numbers(part)
    elif isinstance(value, list):
        for part in value:
            yield from _numbers(part)
    elif isinstance(value, int | float):
        yield float(value)


def _short(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else text[:79] + "…"
