"""Programs that answer: where they run, and what happens when they do not answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from mug_chat.conversations import Conversations
from mug_chat.messages import Line
from mug_chat.partners import PartnerThread, Situation
from mug_chat.rooms import Room
from mug_chat.rules import ChatRules

SITUATION = Situation("player_1", "Player 2", "game", "g1", 1, 7, [0, 1], {"player_0": "Player 1"})
HISTORY = (Line(1, "player_0", "Player 1", "text", "hello", 0),)


@pytest.fixture
async def thread() -> AsyncIterator[PartnerThread]:
    running = PartnerThread()
    yield running
    await asyncio.to_thread(running.stop)


async def test_a_partner_answers_from_its_own_thread(thread: PartnerThread) -> None:
    """It gets what was said and where it is, and its code does not run where games do."""
    where: list[int] = []

    async def partner(history: Sequence[Line], situation: Situation) -> str:
        where.append(threading.get_ident())
        await asyncio.sleep(0)
        return f"{history[-1].name} said {history[-1].text} at {situation.step}"

    assert await thread.ask(partner, HISTORY, SITUATION, 10) == "Player 1 said hello at 7"
    assert where != [threading.get_ident()]


async def test_a_partner_that_blocks_holds_up_nobody(thread: PartnerThread) -> None:
    """While a partner blocks its thread the server goes on, and gives it up in time."""
    let_go = threading.Event()

    async def blocks(history: Sequence[Line], situation: Situation) -> None:
        let_go.wait()

    with pytest.raises(TimeoutError):
        await thread.ask(blocks, HISTORY, SITUATION, 0.05)
    let_go.set()


async def test_a_partner_that_is_too_slow_is_cancelled(thread: PartnerThread) -> None:
    """It learns that nobody waits any more."""
    cancelled = threading.Event()

    async def slow(history: Sequence[Line], situation: Situation) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(TimeoutError):
        await thread.ask(slow, HISTORY, SITUATION, 0.05)
    assert await asyncio.to_thread(cancelled.wait, 10)


async def test_what_is_no_text_is_an_error(thread: PartnerThread) -> None:
    """A partner says a text or nothing."""

    async def odd(history: Sequence[Line], situation: Situation) -> Any:
        return 42

    with pytest.raises(TypeError, match="42"):
        await thread.ask(odd, HISTORY, SITUATION, 10)


async def test_stopping_ends_what_is_running() -> None:
    """Nothing waits for a partner when the server stops."""
    running = PartnerThread()
    started = threading.Event()

    async def forever(history: Sequence[Line], situation: Situation) -> None:
        started.set()
        await asyncio.Event().wait()

    asked = asyncio.create_task(running.ask(forever, HISTORY, SITUATION, 60))
    assert await asyncio.to_thread(started.wait, 10)
    await asyncio.to_thread(running.stop)
    with pytest.raises(asyncio.CancelledError):
        await asked


async def test_a_message_that_comes_right_after_an_answer_is_answered(thread: PartnerThread) -> None:
    """Between the last answer and the end of its task there is no moment in which messages are lost."""
    asked = 0
    done = asyncio.Event()

    async def partner(history: Sequence[Line], situation: Situation) -> str:
        nonlocal asked
        asked += 1
        return f"answer {asked}"

    def say(room: Room, seat: str, text: str) -> None:
        if text == "answer 1":
            asyncio.get_running_loop().call_soon(conversations.heard, room, seat)
        else:
            done.set()

    conversations = Conversations(thread, say, lambda room, seat, on: None)
    room = Room("g1", "game", "g1", ChatRules(partners={"player_1": partner}), {"player_0": "s1"})
    room.programs, room.numbers = ("player_1",), {"player_0": 1, "player_1": 2}
    conversations.heard(room, "player_1")
    async with asyncio.timeout(10):
        await done.wait()
    await conversations.stop()
