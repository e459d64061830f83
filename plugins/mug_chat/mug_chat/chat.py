"""The plugin: knows who is in a room together, and answers their pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import mug
from mug.errors import Problem, did_you_mean
from mug.facts import Attendance, Episode, Experiment, Game, GameOutcome, Player, Record, Step
from mug.game.spec import GameSpec
from mug_chat.conversations import Conversations
from mug_chat.delivery import PLUGIN, Delivery, shown
from mug_chat.messages import KINDS, Kind
from mug_chat.partners import PartnerThread
from mug_chat.rooms import Room
from mug_chat.rules import ChatRules

log = logging.getLogger(__name__)

LONGEST_REQUEST: Final = 40
MOST_NAMES: Final = 8
LOOK_SECONDS: Final = 1.0
"""How often it is looked who still waits."""
NOT_HERE: Final = {"ok": False, "reason": "You cannot write here."}


class Chat:
    """Lets participants write to each other: a plugin object for ``ExperimentConfig().plugins(…)``.

    Args:
        scenes: the rules by the id of the game scene. In other scenes nobody writes.
    """

    def __init__(self, scenes: Mapping[str, ChatRules]) -> None:
        self._scenes = scenes
        self._rooms: dict[str, Room] = {}
        self._recorded: dict[str, list[Record]] = {}
        self._specs: Mapping[str, GameSpec] = {}
        self._attendance: Attendance
        self._delivery: Delivery
        self._conversations: Conversations

    # ---------------------------------------------------------------------------------------- settings

    @mug.hookimpl
    def mug_check(self, experiment: Experiment) -> Iterator[Problem]:
        """Find what is wrong with the rules."""
        if not isinstance(self._scenes, Mapping) or not self._scenes:
            what = f"scenes must be a dict from scene ids to ChatRules, got {self._scenes!r}"
            yield Problem("Chat(…)", what, 'write Chat({"game": ChatRules()})')
            return
        games = experiment.games
        for scene_id, rules in self._scenes.items():
            spec = games.get(scene_id)
            where = f"Chat(…), scene '{scene_id}'"
            if not isinstance(spec, GameSpec):
                fix = did_you_mean(str(scene_id), games) or f"the games are {', '.join(games)}"
                yield Problem(where, "there is no game scene with this id", fix)
            elif not isinstance(rules, ChatRules):
                yield Problem(where, f"the rules must be ChatRules(…), got {rules!r}")
            else:
                yield from rules.problems(where, _names(spec.agent_ids), _names(spec.humans))
                if rules.game and not rules.lobby and len(spec.humans) == 1 and not rules.partners:
                    what = "one person plays this game, and has nobody to write to"
                    yield Problem(where, what, "give it a program to talk to: partners={…}")
                if rules.observed is True:
                    yield from _deaf(where, spec)

    # ------------------------------------------------------------------------------------- while it runs

    @mug.hookimpl
    @asynccontextmanager
    async def mug_lifespan(self, experiment: Experiment, attendance: Attendance) -> AsyncIterator[None]:
        """Listen to pages."""
        self._attendance = attendance
        self._specs = {name: spec for name, spec in experiment.games.items() if isinstance(spec, GameSpec)}
        thread = PartnerThread()
        self._conversations = Conversations(thread, self._program_says, self._program_types)
        self._delivery = Delivery(attendance, self._conversations.heard)
        self._rooms = {}
        self._recorded = {}
        for record in attendance.recorded(PLUGIN):
            values = record["values"]
            key = values["game_id"] or _lobby(values["scene_id"])
            self._recorded.setdefault(key, []).append(record)
        attendance.listen(PLUGIN, self._heard)
        looking = asyncio.create_task(self._look_around())
        yield
        looking.cancel()
        await self._conversations.stop()
        await asyncio.to_thread(thread.stop)

    @mug.hookimpl
    def mug_health(self) -> Mapping[str, object]:
        """Report how much was written, and how often partners had no answer."""
        return {"delivered": self._delivery.delivered, "partner_failures": self._conversations.failures}

    @mug.hookimpl
    def mug_on_player_join(self, game: Game, player: Player) -> None:
        """Somebody plays who was waiting: their page learns in which room it is now."""
        if game.scene_id in self._scenes:
            self._show_room(player.subject_id)

    @mug.hookimpl
    def mug_on_episode_start(self, game: Game, episode: Episode) -> None:
        """Know the round, and let people write who may do so only now."""
        self._turn(game, episode.number, 0, playing=True)

    @mug.hookimpl
    def mug_on_episode_end(self, game: Game, episode: Episode) -> None:
        """Know that no round is played, and let people write who may do so only now."""
        self._turn(game, episode.number, episode.steps, playing=False)

    @mug.hookimpl
    def mug_after_step(self, game: Game, step: Step) -> None:
        """Know the step, and what programs that talk observed there."""
        room = self._room_of_game(game)
        if room is not None:
            room.episode, room.step, room.playing = step.episode, step.step, True
            for seat in room.programs:
                room.observations[seat] = step.observations.get(seat)

    @mug.hookimpl
    def mug_on_game_end(self, game: Game, outcome: GameOutcome) -> None:
        """Nobody writes any more."""
        room = self._room_of_game(game)
        if room is not None:
            room.playing = False
            self._show_to_all(room)

    # ------------------------------------------------------------------------------------------- pages

    def _heard(self, subject_id: str, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Answer what a page says."""
        place = self._place(subject_id)
        match message:
            case {"do": "look"}:
                if place is not None and not place[0].game_id:
                    self._show_who_waits(place[0])
                return self._view(subject_id)
            case {"do": "typing", "on": bool(on)} if place is not None:
                room, seat = place
                self._delivery.typing(room, seat, self._present(room), on)
                return {}
            case {"do": "say", "id": str(request), "kind": kind, "text": str(text)} if (
                kind in KINDS and len(request) <= LONGEST_REQUEST
            ):
                return NOT_HERE if place is None else self._say(*place, request, kind, text)
        return None

    def _say(self, room: Room, seat: str, request: str, kind: Any, text: str) -> Mapping[str, Any]:
        answer = room.answer_to(seat, request)
        if answer is None:
            muted = len(room.muted)
            answer = self._delivery.deliver(room, seat, self._present(room), kind, text)
            room.answered(seat, request, answer)
            if len(room.muted) > muted:
                self._show_room(room.people[seat])
        return answer

    def _view(self, subject_id: str) -> dict[str, Any]:
        """Return what a page shows."""
        place = self._place(subject_id)
        if place is None:
            return {"type": "room", "room": None}
        room, seat = place
        rules = room.rules
        return {
            "type": "room",
            "room": room.key,
            **_others(room, seat, self._present(room)),
            "free": rules.text,
            "quick": list(rules.quick_messages),
            "emotes": list(rules.emotes),
            "longest": rules.max_length,
            "typing": rules.typing,
            "closed": room.why_not(seat),
            "lines": [shown(line, seat) for line in room.seen_by(seat)],
        }

    def _show_room(self, subject_id: str) -> None:
        self._attendance.tell(subject_id, PLUGIN, self._view(subject_id))

    def _show_to_all(self, room: Room) -> None:
        for seat in self._present(room):
            if seat in room.people:
                self._show_room(room.people[seat])

    def _show_who_waits(self, room: Room) -> None:
        """Somebody came into a waiting room, or left it: let the others know."""
        present = room.shown = self._people(room)
        for seat in present:
            here = {"type": "here", "room": room.key} | _others(room, seat, present)
            self._attendance.tell(room.people[seat], PLUGIN, here)

    async def _look_around(self) -> None:
        """Let those who wait know of each other who has gone."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for room in [room for room in self._rooms.values() if not room.game_id]:
                if self._people(room) != room.shown:
                    self._show_who_waits(room)

    # ------------------------------------------------------------------------------------------- rooms

    def _place(self, subject_id: str) -> tuple[Room, str] | None:
        """Return the room somebody is in, and their seat; None when they are where nobody writes."""
        place = self._attendance.place(subject_id)
        room: Room | None = None
        if place.game is not None:
            room = self._room_of_game(place.game)
        elif place.lobby in self._scenes and self._scenes[place.lobby].lobby:
            room = self._room_of_lobby(place.lobby)
        return None if room is None else (room, room.seat_of(subject_id))

    def _room_of_game(self, game: Game) -> Room | None:
        rules = self._scenes.get(game.scene_id)
        if rules is None or not rules.game:
            return None
        known = self._rooms.get(game.game_id)
        if known is not None:
            known.over = game.over
            return known
        seats = _names(self._specs[game.scene_id].agent_ids)
        room = Room(game.game_id, game.scene_id, game.game_id, rules, dict(game.players), over=game.over)
        room.programs = tuple(seat for seat in rules.partners if seat not in game.players)
        room.numbers.update({seat: number for number, seat in enumerate(seats, start=1)})
        return self._open(room)

    def _room_of_lobby(self, scene_id: str) -> Room:
        key = _lobby(scene_id)
        known = self._rooms.get(key)
        return self._open(Room(key, scene_id, "", self._scenes[scene_id])) if known is None else known

    def _open(self, room: Room) -> Room:
        """Keep a new room, with what was said there before the server was started again.

        Rooms of games that are over and that everybody has left are forgotten.
        """
        self._rooms = {key: one for key, one in self._rooms.items() if not one.over or self._people(one)}
        for record in self._recorded.pop(room.key, ()):
            room.restore(record["values"], record["wall"])
        self._rooms[room.key] = room
        return room

    def _present(self, room: Room) -> Collection[str]:
        """Return the seats that are taken: those of who still waits, or is in the game, and of programs."""
        return [*self._people(room), *room.programs]

    def _people(self, room: Room) -> list[str]:
        if room.game_id:
            return [seat for seat, subject_id in room.people.items() if self._plays(subject_id, room)]
        waiting = set(self._attendance.waiting(room.scene_id))
        return [seat for seat, subject_id in room.people.items() if subject_id in waiting]

    def _plays(self, subject_id: str, room: Room) -> bool:
        """Whether somebody is where a room's game is, also without a connection at the moment."""
        game = self._attendance.place(subject_id).game
        return game is not None and game.game_id == room.game_id

    def _turn(self, game: Game, episode: int, step: int, *, playing: bool) -> None:
        room = self._room_of_game(game)
        if room is None:
            return
        room.episode, room.step, room.playing = episode, step, playing
        if room.rules.when != "always":
            self._show_to_all(room)

    # ---------------------------------------------------------------------------------------- programs

    def _program_says(self, room: Room, seat: str, text: str) -> None:
        rules = room.rules
        kind: Kind = next((kind for kind in KINDS if kind != "text" and rules.offers(kind, text)), "text")
        answer = self._delivery.deliver(room, seat, self._present(room), kind, text)
        if not answer["ok"]:
            log.warning(
                "what '%s' answered in scene '%s' is not shown: %s", seat, room.scene_id, answer["reason"]
            )

    def _program_types(self, room: Room, seat: str, on: bool) -> None:
        self._delivery.typing(room, seat, self._present(room), on)


def _lobby(scene_id: str) -> str:
    return f"lobby {scene_id}"


def _others(room: Room, seat: str, present: Collection[str]) -> dict[str, Any]:
    """Return who else is there: some names, and how many more there are."""
    others = [other for other in present if other != seat]
    return {
        "others": [room.name(other) for other in others[:MOST_NAMES]],
        "more": max(0, len(others) - MOST_NAMES),
    }


def _deaf(where: str, spec: GameSpec) -> Iterator[Problem]:
    """Yield what keeps a scene's environment from getting to know what is said."""
    if spec.runtime != "server":
        what = (
            f"observed is True, but the environment is stepped by '{spec.runtime}', where messages do not get"
        )
        fix = "leave observed out: messages are recorded with their time, and are no part of the simulation"
        yield Problem(where, what, fix)
        return
    try:
        environment = spec.make_env()
        hears = callable(getattr(environment.unwrapped, "receive_message", None))
        environment.close()
    except Exception as error:
        what = (
            f"observed is True, and the environment could not be looked at: {type(error).__name__}: {error}"
        )
        yield Problem(where, what)
        return
    if not hears:
        what = "observed is True, but the environment has no method receive_message(sender, text, to)"
        yield Problem(where, what, "write one, or leave observed out")


def _names(agent_ids: Collection[str | int]) -> list[str]:
    return [str(agent_id) for agent_id in agent_ids]
