"""One study from one script: each way through it ends at a code of its own, with all of the data."""

from __future__ import annotations

import asyncio
import csv
import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest
import pytest_asyncio
from playwright.async_api import Route

from plugins.mug_prolific.tests.fake_prolific import TOKEN, FakeProlific
from tests.browser import taking_part as does
from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data
from tests.browser.looks import assert_accessible, assert_fits
from tests.browser.people import PATIENCE_MS, Person
from tests.browser.serving import MUG_RUN, PYTHON, ServerProcess, serving

SCRIPT = EXPERIMENTS / "whole_study.py"
MOST_SECONDS = 240
GAMES = ("with_human", "with_ai")
HUMAN_ROLES = ("first of a pair", "second of a pair", "left", "leaver", "waits in vain")
AI_ROLES = ("declines", "fails", "idles", "by keys", "in a small window")
NARROW = {"width": 390, "height": 844}
OUTCOMES = {
    "first of a pair": "completed",
    "second of a pair": "completed",
    "left": "partner_left",
    "leaver": "excluded",
    "waits in vain": "completed",
    "declines": "declined",
    "fails": "failed_check",
    "idles": "excluded",
    "by keys": "completed",
    "in a small window": "completed",
}


@attrs.define(eq=False)
class Guest:
    """Somebody whom Prolific sends; ``released`` lets their browser go back there."""

    person: Person
    link: dict[str, str]
    released: asyncio.Event
    subject_id: str = ""

    @property
    def submission(self) -> str:
        return self.link["SESSION_ID"]

    async def opens(self) -> None:
        await self.person.open("?" + "&".join(f"{name}={value}" for name, value in self.link.items()))


@attrs.define(eq=False)
class Study:
    """The study while people take part in it; ``looking`` is taken by what keeps the machine busy."""

    server: ServerProcess
    prolific: FakeProlific
    data: Data
    id: str
    cues: defaultdict[str, asyncio.Event] = attrs.field(factory=lambda: defaultdict(asyncio.Event))
    looking: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(2))

    @property
    def codes(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.book.parent / "codes.json").read_text())
        return found

    @property
    def book(self) -> Path:
        return self.data.folder / "journal" / "recruitment" / "book.jsonl"

    def ends_of_games(self) -> list[str]:
        return [event["reason"] for event in self.data.events("game_ended")]

    async def look(self, person: Person, name: str) -> None:
        """See whether everybody can read a page, two pages at a time."""
        async with self.looking:
            await assert_accessible(person, f"study {name}")
            await assert_fits(person, f"study {name}")

    async def ends(self, guest: Guest, outcome: str, name: str = "") -> None:
        """Wait for an ending with its code, look at it, and go back to Prolific with the code."""
        person, shown = guest.person, guest.person.page.get_by_test_id("completion-code")
        await shown.wait_for()
        code = self.codes[outcome]
        assert await shown.inner_text() == code
        if name:
            await self.look(person, name)
        guest.released.set()
        await person.button("redirect").click()
        await self.is_back(guest, code)

    async def is_back(self, guest: Guest, code: str) -> None:
        back = f"{self.prolific.url}/submissions/complete?cc={code}"
        await guest.person.page.wait_for_url(back, wait_until="commit")
        self.prolific.submits(guest.submission, code)


@pytest_asyncio.fixture(loop_scope="session")
async def study(tmp_path: Path) -> AsyncIterator[Study]:
    """The script, served, and the Prolific that it is recruited by."""
    prolific = FakeProlific()
    await prolific.start()
    try:
        async with serving(PYTHON, SCRIPT, tmp_path, {"PROLIFIC": prolific.url}) as server:
            yield Study(server, prolific, Data(server.data_dir / "partner_study"), prolific.study())
    finally:
        await prolific.stop()


# ---------------------------------------------------------------------------------------------- arriving


async def comes(study: Study, arrive: Arrive, number: int) -> Guest:
    """Let somebody open the link that Prolific gives them; they stay at an ending until they are released."""
    link = study.prolific.starts(study.id, f"person{number}")
    released = asyncio.Event()

    async def stay(route: Route) -> None:
        # a page that is sent nowhere stays as it is
        await (route.continue_() if released.is_set() else route.fulfill(status=204))

    query = "?" + "&".join(f"{name}={value}" for name, value in link.items())
    routes = {"**/submissions/complete*": stay}
    async with study.looking:
        person = await arrive(study.server.url, query, routes=routes, bypass_csp=True)
    # ten people share this machine
    person.context.set_default_timeout(3 * PATIENCE_MS)
    person.may_go_to(urlsplit(study.prolific.url).netloc)
    return Guest(person, link, released)


async def cast(study: Study, arrive: Arrive) -> dict[str, Guest]:
    """Let ten people come, and give each a part in the condition that they were assigned."""
    guests = await asyncio.gather(*(comes(study, arrive, number) for number in range(10)))
    await guests[0].person.button("begin").wait_for()
    await study.look(guests[0].person, "invitation")
    for guest in guests:
        await guest.person.button("begin").click()
        await guest.person.at("consent")
    conditions = {
        event["subject_id"]: event["assignments"]["condition"]
        for event in study.data.events("participant_arrived")
    }
    roles = {"human": iter(HUMAN_ROLES), "ai": iter(AI_ROLES)}
    parts = {}
    for guest in guests:
        guest.subject_id = study.data.subject_of(guest.submission, "session")
        parts[next(roles[conditions[guest.subject_id]])] = guest
    return parts


# --------------------------------------------------------------------------------- six ways through it


async def plays_first(study: Study, guest: Guest) -> None:
    """Wait for a partner, play, answer, complete; see whether everybody could have read all that."""
    person = guest.person
    await does.agree(person, study.look)
    await study.look(person, "quiz")
    await study.cues["partner is ready"].wait()
    await does.answer_quiz(person)
    await person.button("leave").wait_for()
    await study.look(person, "waiting room")
    study.cues["waits"].set()
    await does.hold_in_the_game(person, "ArrowRight")
    study.cues["pair plays"].set()
    await person.in_state("playing")
    await study.look(person, "game")
    await person.release("ArrowRight")
    await does.walk_to_the_square(person)
    await does.leave_the_game(person, study.look)
    await does.answer_questionnaire(person)
    await person.reads("Your bonus is $")
    await study.ends(guest, "completed", "completed")


async def plays_second(study: Study, guest: Guest) -> None:
    """Be the partner, and look at the questionnaire."""
    person = guest.person
    await does.agree(person)
    study.cues["partner is ready"].set()
    await study.cues["waits"].wait()
    await does.answer_quiz(person)
    await does.walk_to_the_square(person)
    await does.leave_the_game(person)
    await does.answer_questionnaire(person, study.look)
    await study.ends(guest, "completed")


async def is_left(study: Study, guest: Guest) -> None:
    """Play with somebody who goes away."""
    person = guest.person
    await does.agree(person)
    await study.cues["leaver is ready"].wait()
    await study.cues["pair plays"].wait()
    await does.answer_quiz(person)
    await person.button("leave").wait_for()
    study.cues["waits for the leaver"].set()
    await does.hold_in_the_game(person, "ArrowUp")
    await person.reads("Another player left and did not come back, so the game ended.")
    await study.look(person, "partner gone")
    await person.go_on()
    await study.ends(guest, "partner_left", "partner left")


async def leaves(study: Study, guest: Guest) -> None:
    """Close the page in the game, and come back by the same link when it is too late."""
    person = guest.person
    await does.agree(person)
    study.cues["leaver is ready"].set()
    await study.cues["waits for the leaver"].wait()
    await does.answer_quiz(person)
    await does.hold_in_the_game(person, "ArrowUp")
    await person.in_state("playing")
    study.cues["nobody else comes"].set()
    await person.leave()
    await study.data.until(lambda: "player_left" in study.ends_of_games(), MOST_SECONDS)
    person.page = await person.context.new_page()
    await guest.opens()
    await person.reads("You were away for too long, so the game ended.")
    await person.go_on()
    await study.ends(guest, "excluded")


async def waits_in_vain(study: Study, guest: Guest) -> None:
    """Wait until there is no more time, think about leaving meanwhile, and play with an AI."""
    person = guest.person
    await does.agree(person)
    await study.cues["nobody else comes"].wait()
    await does.answer_quiz(person)
    await person.button("leave").click()
    dialog = person.page.get_by_role("dialog", name="Stop waiting?")
    await dialog.wait_for()
    await study.look(person, "stop waiting")
    await dialog.get_by_role("button", name="Keep waiting").click()
    await does.walk_to_the_square(person)
    await does.leave_the_game(person)
    await does.answer_questionnaire(person)
    await does.sees(person, "Who your partner was")
    await study.look(person, "debriefing")
    await person.go_on()
    await study.ends(guest, "completed")


async def declines(study: Study, guest: Guest) -> None:
    """Do not agree."""
    person = guest.person
    await person.button("decline").click()
    await person.page.get_by_role("dialog").wait_for()
    await study.look(person, "declining")
    await person.button("decline-sure").click()
    await study.ends(guest, "declined", "declined")


async def fails(study: Study, guest: Guest) -> None:
    """Give the same wrong answer again and again."""
    person = guest.person
    await does.agree(person)
    await does.answer_quiz(person, rightly=False)
    await person.reads("Both of you have to stand on the green square.")
    await study.look(person, "quiz with a wrong answer")
    for _ in range(2):
        await does.answer_quiz(person, rightly=False)
    await study.ends(guest, "failed_check", "failed")


async def idles(study: Study, guest: Guest) -> None:
    """Do nothing in the game."""
    person = guest.person
    await does.agree(person)
    await does.answer_quiz(person)
    await person.reads("Are you still there? Please go on playing.")
    await assert_accessible(person, "study warned")
    await study.ends(guest, "excluded", "excluded")


async def takes_part_by_keys(study: Study, guest: Guest) -> None:
    """Go through all of it without a mouse."""
    person = guest.person
    await does.agree_by_keys(person)
    await does.walk_to_the_square(person)
    await person.in_state("over")
    await does.press(person, "advance")
    await does.answer_questionnaire_by_keys(person)
    await does.sees(person, "Who your partner was")
    await does.press(person, "advance")
    await person.page.get_by_test_id("completion-code").wait_for()
    guest.released.set()
    await does.press(person, "redirect")
    await study.is_back(guest, study.codes["completed"])


async def takes_part_in_a_small_window(study: Study, guest: Guest) -> None:
    """Go through all of it in a window as wide as a phone."""
    person = guest.person
    await person.page.set_viewport_size(NARROW)
    await does.agree(person)
    await does.answer_quiz(person)
    await does.walk_to_the_square(person)
    await does.leave_the_game(person)
    await does.answer_questionnaire(person)
    await does.sees(person, "Who your partner was")
    await person.go_on()
    await study.ends(guest, "completed")


STORIES = {
    "first of a pair": plays_first,
    "second of a pair": plays_second,
    "left": is_left,
    "leaver": leaves,
    "waits in vain": waits_in_vain,
    "declines": declines,
    "fails": fails,
    "idles": idles,
    "by keys": takes_part_by_keys,
    "in a small window": takes_part_in_a_small_window,
}


# ------------------------------------------------------------------------------------- what is left of it


@pytest.mark.slow
async def test_every_way_through_a_study(study: Study, arrive: Arrive) -> None:
    """Ten people end in six ways; each has their code and their data, and is decided about and paid once."""
    guests = await cast(study, arrive)
    async with asyncio.TaskGroup() as group:
        for role, story in STORIES.items():
            group.create_task(within(MOST_SECONDS, story(study, guests[role])))
    await study.data.until(lambda: all(row["outcome"] for row in study.data.table("participants.csv")))
    assert_data(study, guests)
    await assert_attention(study, guests)
    await assert_decided(study, guests)
    await assert_paid(study, guests)


async def within(seconds: float, story: Coroutine[Any, Any, None]) -> None:
    """Let a story come to its end in time; otherwise it is seen where it stands."""
    async with asyncio.timeout(seconds):
        await story


def assert_data(study: Study, guests: dict[str, Guest]) -> None:
    """Everybody has their outcome, code and condition, and all rows and answers of what they were shown."""
    people = {row["subject_id"]: row for row in study.data.table("participants.csv")}
    assert len(people) == len(guests)
    book = study.data.table("codebook.csv")
    for role, guest in guests.items():
        row = people[guest.subject_id]
        assert (row["outcome"], row["code"]) == (OUTCOMES[role], study.codes[OUTCOMES[role]]), role
        assert row["assignments.condition"] == ("human" if role in HUMAN_ROLES else "ai")
        if OUTCOMES[role] == "completed":
            computer = role in AI_ROLES or role == "waits in vain"
            assert row["branches.partner_was"] == ("computer" if computer else "human")
        for scene_id in json.loads(row["visited"]):
            if scene_id in GAMES:
                assert_played(study.data, scene_id, guest.subject_id)
            else:
                assert_answered(study.data, book, scene_id, guest.subject_id)
    for file in study.data.folder.rglob("*.csv"):
        if file.name != "codebook.csv":
            assert_described(study.data, book, file.relative_to(study.data.folder))


def assert_played(data: Data, scene_id: str, subject_id: str) -> None:
    """The table of steps has those of all episodes, and what the other one did too."""
    steps = data.table(scene_id, f"{subject_id}.csv")
    episodes = data.table(scene_id, f"{subject_id}.episodes.csv")
    assert [int(episode["steps"]) for episode in episodes] == [
        sum(step["episode"] == episode["episode"] for step in steps) for episode in episodes
    ]
    assert all(step[f"source.{seat}"] for step in steps for seat in ("player_0", "player_1"))


def assert_answered(data: Data, book: list[dict[str, str]], scene_id: str, subject_id: str) -> None:
    """Whoever left a scene has answered everything there that had to be answered."""
    (visit,) = data.table(scene_id, f"{subject_id}.csv")
    asked = json.loads(visit.get("answers._order") or "[]")
    for column in book:
        name = column["column"].removeprefix("answers.")
        if column["scene_id"] == scene_id and column["required"] == "true" and name.split(".")[0] in asked:
            assert visit[column["column"]] or visit["outcome"] == "declined", (scene_id, name)


def assert_described(data: Data, book: list[dict[str, str]], file: Path) -> None:
    """The codebook has every column of a table, or the group that it belongs to."""
    kinds = {
        "game_notes": "game_notes/<game_id>.csv",
        **dict.fromkeys(GAMES, "<game>/<subject_id>.csv"),
        ".": file.name,
    }
    kind = kinds.get(str(file.parent), "<scene>/<subject_id>.csv")
    if file.name.endswith(".episodes.csv"):
        kind = "<game>/<subject_id>.episodes.csv"
    own = f"{file.parent}/<subject_id>.csv"
    described = {row["column"] for row in book if row["file"] in (kind, own) and row["meaning"]}
    for column in data.table(str(file))[0] if data.table(str(file)) else ():
        group = f"{column.split('.')[0]}.*"
        asked = column.startswith("answers.")
        assert column in described or (not asked and group in described) or kind == "runs.csv", (file, column)


async def mug(study: Study, *words: object) -> str:
    """Run a command as a researcher does; return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *(MUG_RUN[0], *map(str, words)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PROLIFIC": study.prolific.url, "PROLIFIC_TOKEN": TOKEN},
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def prolific(study: Study, command: str, *words: object) -> str:
    return await mug(study, "prolific", command, SCRIPT, *words, "--data-dir", study.server.data_dir)


async def assert_attention(study: Study, guests: dict[str, Guest]) -> None:
    """How inactive and how far away everybody was can be read off, and the limits of the paper be applied."""
    tables = study.data.folder.parent / "tables"
    await mug(study, "export", study.data.folder, "--format", "attention", "--to", tables)
    episodes, meanings = (
        list(csv.DictReader((tables / name).read_text(encoding="utf-8").splitlines()))
        for name in ("attention.csv", "attention_codebook.csv")
    )
    assert episodes[0].keys() == {row["column"] for row in meanings if row["file"] == "attention.csv"}
    assert {row["subject_id"] for row in episodes} == {
        guest.subject_id for role, guest in guests.items() if role not in ("declines", "fails")
    }
    left_early = {guests[role].subject_id for role in ("left", "leaver")}
    watched = [row for row in episodes if row["subject_id"] not in left_early]
    assert {row["subject_id"] for row in watched if float(row["inactive"]) >= 0.975} == {
        guests["idles"].subject_id
    }
    assert all(float(row["away"]) < 0.9 and float(row["rtt_ms"]) >= 0 for row in watched)


async def assert_decided(study: Study, guests: dict[str, Guest]) -> None:
    """What the researcher decides is what Prolific has then."""
    submissions = study.prolific.submissions
    shown = await prolific(study, "status")
    assert shown.count("  approve\n") == list(OUTCOMES.values()).count("completed")
    assert f"{guests['left'].submission}  {guests['left'].subject_id}  AWAITING REVIEW  decide" in shown
    wishes = ("--outcome", "completed", "--outcome", "partner_left")
    assert "only a look" in await prolific(study, "approve", *wishes)
    assert {one["status"] for one in submissions.values()} == {"AWAITING REVIEW"}
    await prolific(study, "approve", *wishes, "--yes")
    await prolific(study, "screen-out", guests["fails"].submission)
    reason = ("--reason", "You ended early")
    for role in ("declines", "idles", "leaver"):
        await prolific(study, "request-return", guests[role].submission, *reason)
    for role, guest in guests.items():
        submission = submissions[guest.submission]
        status = {"completed": "APPROVED", "partner_left": "APPROVED", "failed_check": "SCREENED OUT"}
        assert submission["status"] == status.get(OUTCOMES[role], "AWAITING REVIEW"), role
        assert bool(submission["return_requested"]) == (role in ("declines", "idles", "leaver"))


async def assert_paid(study: Study, guests: dict[str, Guest]) -> None:
    """Who earned a bonus is paid it once, though the call that pays is cut off and everything is repeated."""
    fixed = {"completed": 0, "partner_left": 25}
    earned = {
        guest.submission: fixed[OUTCOMES[role]] + cents(study.data, guest.subject_id)
        for role, guest in guests.items()
        if OUTCOMES[role] in fixed
    }
    assert all(earned.values())
    assert "only a look" in await prolific(study, "bonuses")
    assert study.prolific.paid == []
    study.prolific.goes_wrong("unanswered", "POST .*/pay/")
    assert "not clear whether it was paid" in await prolific(study, "bonuses", "--pay")
    assert f"paid: {len(earned)}\n" in await prolific(study, "bonuses", "--pay")
    assert "paid: 0\n" in await prolific(study, "bonuses", "--pay")
    assert sorted(study.prolific.paid) == sorted(earned.items())


def cents(data: Data, subject_id: str) -> int:
    """Return what somebody has earned, by what the tables say: 5 cents a point, 5 cents a whole round."""
    files = [file for game in GAMES for file in (data.folder / game).glob(f"{subject_id}.episodes.csv")]
    rounds = [row for file in files for row in data.table(file.parent.name, file.name)]
    whole = [row for row in rounds if row["reason"] in ("terminated", "max_steps")]
    points = sum((Decimal(row[f"rewards.{row['seat']}"]) for row in rounds), Decimal(0))
    return int(5 * points) + 5 * len(whole)
