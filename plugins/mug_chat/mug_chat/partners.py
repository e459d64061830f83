"""Partners that are programs: a language model, or rules, that reads what is written and answers."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import attrs

from mug_chat.messages import Line

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0


@attrs.frozen
class Situation:
    """Where a partner is while it answers.

    Attributes:
        seat: its own agent id.
        name: what the others call it.
        scene_id: the game's scene.
        game_id: the game.
        episode: the episode that is played or was played last, 0 before the first.
        step: the last step of it that the server knows of.
        observation: what the partner's agent observed there, as JSON values; None when there is nothing yet.
        others: what the others are called, by agent id.
    """

    seat: str
    name: str
    scene_id: str
    game_id: str
    episode: int
    step: int
    observation: object
    others: dict[str, str]


Partner = Callable[[Sequence[Line], Situation], Awaitable[str | None]]
"""``async def partner(history, situation)``: returns what to say, or None to say nothing.

``history`` is what this partner has read and said itself, oldest first.
"""


class PartnerThread:
    """Runs partners in a thread with an event loop of its own: one that blocks holds up no game."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="chat partners", daemon=True)
        self._thread.start()

    async def ask(
        self, partner: Partner, history: Sequence[Line], situation: Situation, seconds: float
    ) -> str | None:
        """Return a partner's answer.

        Raises:
            TimeoutError: it took too long; it is cancelled.
            Exception: whatever it raised, or a ``TypeError`` when it answered something that is no text.
        """
        asked = asyncio.run_coroutine_threadsafe(_answer(partner, history, situation), self._loop)
        return await asyncio.wait_for(asyncio.wrap_future(asked), seconds)

    def stop(self) -> None:
        """End what is running. A partner that blocks is left behind, and ends with the process."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            log.warning("a partner in the chat still blocks its thread")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        running = asyncio.all_tasks(self._loop)
        for task in running:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*running, return_exceptions=True))
        self._loop.close()


async def _answer(partner: Partner, history: Sequence[Line], situation: Situation) -> str | None:
    answer: Any = await partner(history, situation)
    if answer is not None and not isinstance(answer, str):
        raise TypeError(f"a partner answers with a text or None, got {answer!r}")
    return answer
