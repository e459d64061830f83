"""What becomes of a message: checked, moderated, recorded, and then shown to those it is for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Literal

import attrs

from mug.facts import Attendance
from mug_chat.messages import Draft, Kind, Line, Mute, Refuse, tidy
from mug_chat.rooms import Room

log = logging.getLogger(__name__)

PLUGIN: Final = "chat"
"""What the two halves of the plugin are called to each other, and how its observations are called."""
EMPTY: Final = "There is nothing to send."
TOO_LONG: Final = "This message is too long. It can have {} characters."
TOO_FAST: Final = "You are writing very fast. Please wait a moment."
NOT_OFFERED: Final = "This cannot be sent here."
NOBODY: Final = "Nobody else is here yet."
DROPPED: Final = "Your message was not delivered."

Status = Literal["delivered", "dropped", "refused", "muted", "moderation_failed"]


@attrs.frozen
class Verdict:
    """What moderation made of a message: the text to deliver, or why it is not."""

    status: Status
    text: str = ""
    reason: str = ""


class Delivery:
    """Delivers messages.

    Args:
        attendance: who is there.
        heard: is called with each room and seat of a program that has got a message.
    """

    def __init__(self, attendance: Attendance, heard: Callable[[Room, str], None]) -> None:
        self._attendance = attendance
        self._heard = heard
        self.delivered = 0

    def deliver(
        self, room: Room, seat: str, present: Collection[str], kind: Kind, written: str
    ) -> Mapping[str, Any]:
        """Deliver what somebody in a room wrote, if it can be; return what their page is answered.

        Args:
            room: where.
            seat: who wrote it.
            present: the seats that are taken.
            kind: what kind of message it is.
            written: the text, untrusted.

        Raises:
            StoreError: it could not be recorded, and was not delivered.
        """
        text = tidy(written)
        readers = room.readers(seat, present)
        reason = room.why_not(seat) or _unfit(room, kind, text) or ("" if readers else NOBODY)
        if not reason and not room.paced(seat, time.monotonic()):
            reason = TOO_FAST
        if reason:
            return {"ok": False, "reason": reason}
        verdict = self._moderate(room, seat, readers, kind, text)
        self._record(room, seat, readers, kind, text, verdict)
        if verdict.status != "delivered":
            if verdict.status == "muted":
                room.muted[seat] = verdict.reason
            return {"ok": False, "reason": verdict.reason}
        self._show(room, room.add(seat, kind, verdict.text, readers, time.time_ns() // 1_000_000), readers)
        if room.rules.observed and room.game_id:
            self._pass_on(room, seat, verdict.text, readers, present)
        self.delivered += 1
        return {"ok": True}

    def typing(self, room: Room, seat: str, present: Collection[str], on: bool) -> None:
        """Let those whom somebody writes to see that they are typing, or have stopped."""
        if not room.rules.typing or room.why_not(seat):
            return
        news = {"type": "typing", "room": room.key, "seat": seat, "name": room.name(seat), "on": on}
        for reader in room.readers(seat, present):
            if reader in room.people:
                self._attendance.tell(room.people[reader], PLUGIN, news)

    def _moderate(self, room: Room, seat: str, readers: tuple[str, ...], kind: Kind, text: str) -> Verdict:
        if room.rules.moderate is None:
            return Verdict("delivered", text)
        draft = Draft(
            text=text,
            kind=kind,
            subject_id=room.people.get(seat, ""),
            seat=seat,
            to=readers,
            scene_id=room.scene_id,
            game_id=room.game_id,
            episode=room.episode,
            step=room.step,
        )
        try:
            return _verdict(room.rules.moderate(draft))
        except Exception:
            log.exception("moderation in scene '%s' failed; the message is not delivered", room.scene_id)
            return Verdict("moderation_failed", reason=DROPPED)

    def _record(
        self, room: Room, seat: str, readers: tuple[str, ...], kind: Kind, written: str, verdict: Verdict
    ) -> None:
        people = room.people
        about = people.get(seat) or next((people[reader] for reader in readers if reader in people), "")
        if not about:
            return  # programs among themselves, in a game that nobody plays
        values = {
            "scene_id": room.scene_id,
            "game_id": room.game_id,
            "episode": room.episode if room.game_id else None,
            "step": room.step if room.game_id else None,
            "seat": seat,
            "name": room.name(seat),
            "sender": people.get(seat),
            "to_seats": list(readers),
            "to": [people[reader] for reader in readers if reader in people],
            "kind": kind,
            "written": written,
            "text": verdict.text,
            "status": verdict.status,
            "reason": verdict.reason,
        }
        self._attendance.record(about, PLUGIN, values)

    def _pass_on(
        self, room: Room, seat: str, text: str, readers: tuple[str, ...], present: Collection[str]
    ) -> None:
        """Let the environment know, which is that of whoever is still in the game."""
        somebody = next((room.people[other] for other in present if other in room.people), "")
        if not somebody or not self._attendance.pass_on(somebody, seat, text, readers):
            log.warning("the environment of game %s does not get to know a message", room.game_id)

    def _show(self, room: Room, line: Line, readers: tuple[str, ...]) -> None:
        for seat in (line.seat, *readers):
            if seat in room.people:
                said = {"type": "said", "room": room.key} | shown(line, seat)
                self._attendance.tell(room.people[seat], PLUGIN, said)
            elif seat != line.seat:
                self._heard(room, seat)


def shown(line: Line, seat: str) -> dict[str, Any]:
    """Return a message as the page of somebody in a seat is told of it."""
    told = {"number": line.number, "name": line.name, "kind": line.kind, "text": line.text}
    return told | {"seat": line.seat, "own": line.seat == seat}


def _unfit(room: Room, kind: Kind, text: str) -> str:
    """Return why a text cannot be sent, in words for who wrote it; empty when it can."""
    if not text:
        return EMPTY
    if len(text) > room.rules.max_length:
        return TOO_LONG.format(room.rules.max_length)
    return "" if room.rules.offers(kind, text) else NOT_OFFERED


def _verdict(answer: object) -> Verdict:
    """Read what a script's moderation returned.

    Raises:
        TypeError: it is nothing that moderation may return.
    """
    match answer:
        case None:
            return Verdict("dropped", reason=DROPPED)
        case Refuse(reason):
            return Verdict("refused", reason=reason)
        case Mute(reason):
            return Verdict("muted", reason=reason)
        case str() if tidy(answer):
            return Verdict("delivered", tidy(answer))
        case str():
            return Verdict("dropped", reason=DROPPED)
    raise TypeError(f"moderation returns a text, None, Refuse(…) or Mute(…), got {answer!r}")
