"""The games of one experiment: created for groups, found again for participants, restored at a start."""

from __future__ import annotations

import logging
import random
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from mug.components import AgentId, Store
from mug.core.experiment import Experiment
from mug.core.games import Game
from mug.core.journal import Journal
from mug.core.registered_files import RegisteredFiles
from mug.core.state import Event, GameFacts, Participant, State
from mug.engine.seeds import derive_seed
from mug.game.policies import display_name

log = logging.getLogger(__name__)

MOST_LOOKED_AT = 64


class Play:
    """Holds the games that are running, and makes those that records tell of.

    ``files`` are the images that the environments of its games registered themselves.
    """

    def __init__(self, experiment: Experiment, state: State, journal: Journal, store: Store) -> None:
        self._experiment = experiment
        self._state = state
        self._journal = journal
        self._store = store
        self._games: dict[str, Game] = {}
        self._looked_at: OrderedDict[str, Game] = OrderedDict()
        """Games that are over and whose pages still had something to say, the last ones."""
        self.files = RegisteredFiles()

    def creation(self, group: str, scene_id: str, people: Sequence[Participant]) -> Event:
        """Return the event that creates a game; who gets which seat is drawn from the group's id."""
        spec = self._experiment.games[scene_id]
        seed = derive_seed(self._state.seed, "game", group) if spec.seed is None else spec.seed
        humans: list[AgentId] = list(spec.humans)
        random.Random(group).shuffle(humans)
        seated = dict(zip(humans, people, strict=False))
        seats: dict[str, dict[str, Any]] = {}
        for agent_id in spec.agent_ids:
            person = seated.get(agent_id)
            if person is not None:
                seats[str(agent_id)] = {"participant": person.id, "subject_id": person.subject_id}
            else:
                filled = agent_id in spec.humans
                policy = spec.takeover_policy if filled else spec.policies[agent_id]
                seats[str(agent_id)] = {"policy": display_name(policy)} | ({"filled": True} if filled else {})
        return {
            "kind": "game_created",
            "game": f"{scene_id}-{secrets.token_hex(6)}",
            "scene_id": scene_id,
            "group": group,
            "seed": seed,
            "seats": seats,
        }

    def create(self, game_id: str) -> Game:
        """Return the game that a stored event has created."""
        facts = self._state.games[game_id]
        game = self._games[game_id] = self._game(facts)
        return game

    def game_of(self, participant: Participant) -> Game | None:
        """Return the game of the scene the participant is in, running or over."""
        if participant.game is None:
            return None
        facts = self._state.games[participant.game]
        running = self._games.get(facts.id)
        return self._game(facts) if running is None and self._in_script(facts) else running

    def game_with(self, participant: Participant, game_id: str) -> Game | None:
        """Return a game, running or over, in which the participant has a seat."""
        facts = self._state.games.get(game_id)
        if facts is None or not self._in_script(facts):
            return None
        if all(seat.get("participant") != participant.id for seat in facts.seats.values()):
            return None
        game = self._games.get(game_id) or self._looked_at.pop(game_id, None) or self._game(facts)
        if facts.ended is not None:
            self._looked_at[game_id] = game
            while len(self._looked_at) > MOST_LOOKED_AT:
                self._looked_at.popitem(last=False)
        return game

    def restore(self) -> int:
        """After a start: wait for the players of unfinished games; return how many such games there are.

        Those that this script does not have are over.
        """
        unfinished = [facts for facts in self._state.games.values() if facts.ended is None]
        for facts in unfinished:
            if not self._in_script(facts):
                log.warning(
                    "game %s is over: this script has no such game in scene %r", facts.id, facts.scene_id
                )
                ended = {"kind": "game_ended", "game": facts.id, "reason": "abandoned", "rewards": {}}
                self._journal.write(ended)
        unfinished = [facts for facts in unfinished if facts.ended is None]
        for facts in unfinished:
            self.create(facts.id).await_players()
        return len(unfinished)

    def shut_down(self) -> None:
        """Let all games stand still; unfinished ones stay unfinished in the records, to be resumed."""
        for game in self._games.values():
            game.shut_down()

    def export_unfinished(self) -> None:
        """Have the files of running games brought up to the last record."""
        for game in self._games.values():
            if not game.over:
                self._experiment.exports.game_changed(game.game_id)

    def _changed(self, facts: GameFacts) -> None:
        """A game has new records; one that is over is made again from its facts if somebody looks at it."""
        self._experiment.exports.game_changed(facts.id)
        if facts.ended is not None:
            self._games.pop(facts.id, None)

    def running(self) -> int:
        """Return how many games are running."""
        return sum(not game.over for game in self._games.values())

    def _in_script(self, facts: GameFacts) -> bool:
        spec = self._experiment.games.get(facts.scene_id)
        return spec is not None and facts.seats.keys() <= {str(agent_id) for agent_id in spec.agent_ids}

    def _game(self, facts: GameFacts) -> Game:
        experiment = self._experiment
        spec = experiment.games[facts.scene_id]
        return Game(
            facts,
            spec,
            lambda agent_id, assets: experiment.game_page(
                facts.scene_id, agent_id, facts.runtime, self.files.on_page(spec, assets)
            ),
            lambda name: experiment.runtime_of(facts.scene_id, name),
            experiment.transports[facts.scene_id],
            experiment.peers.get(facts.scene_id),
            self._journal,
            self._store,
            experiment.observers,
            lambda: self._changed(facts),
        )
