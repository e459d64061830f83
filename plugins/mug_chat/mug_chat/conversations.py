"""Lets partners that are programs answer what they have read, one answer at a time for each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from mug.components import StoreError
from mug_chat.messages import tidy
from mug_chat.partners import PartnerThread, Situation
from mug_chat.rooms import Room

log = logging.getLogger(__name__)

Say = Callable[[Room, str, str], object]
Typing = Callable[[Room, str, bool], None]


class Conversations:
    """The answers that are on their way.

    Args:
        thread: where partners run.
        say: says something for a seat in a room.
        typing: shows that a seat in a room is typing, or has stopped.
    """

    def __init__(self, thread: PartnerThread, say: Say, typing: Typing) -> None:
        self._thread = thread
        self._say = say
        self._typing = typing
        self._answering: dict[tuple[Room, str], asyncio.Task[None]] = {}
        self._unread: set[tuple[Room, str]] = set()
        self.failures = 0

    def heard(self, room: Room, seat: str) -> None:
        """A program has got a message: let it answer, after what it is answering already."""
        key = (room, seat)
        self._unread.add(key)
        if key not in self._answering:
            self._answering[key] = asyncio.get_running_loop().create_task(self._answer(room, seat))

    async def stop(self) -> None:
        """Wait for no answer any more."""
        tasks = list(self._answering.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, room: Room, seat: str) -> None:
        try:
            while (room, seat) in self._unread:
                self._unread.discard((room, seat))
                await self._answer_once(room, seat)
        finally:
            # at once: a message that comes right after the last look begins a new conversation
            del self._answering[room, seat]

    async def _answer_once(self, room: Room, seat: str) -> None:
        self._typing(room, seat, True)
        text = await self._ask(room, seat)
        self._typing(room, seat, False)
        if text is not None and tidy(text):
            try:
                self._say(room, seat, tidy(text)[: room.rules.max_length])
            except StoreError as error:
                log.error("a partner's answer could not be stored, and is not shown: %s", error)

    async def _ask(self, room: Room, seat: str) -> str | None:
        rules = room.rules
        history = tuple(room.seen_by(seat))
        try:
            return await self._thread.ask(
                rules.partners[seat], history, _situation(room, seat), rules.partner_timeout
            )
        except TimeoutError:
            log.warning("the partner '%s' in scene '%s' took too long", seat, room.scene_id)
        except Exception:
            log.exception("the partner '%s' in scene '%s' failed", seat, room.scene_id)
        self.failures += 1
        return rules.partner_fallback


def _situation(room: Room, seat: str) -> Situation:
    return Situation(
        seat=seat,
        name=room.name(seat),
        scene_id=room.scene_id,
        game_id=room.game_id,
        episode=room.episode,
        step=room.step,
        observation=room.observations.get(seat),
        others={other: room.name(other) for other in (*room.people, *room.programs) if other != seat},
    )
