"""The example of a whole study, clicked through: consent, quiz, game, questionnaire, code."""

from __future__ import annotations

import asyncio
import csv

from playwright.async_api import expect

from tests.browser.conftest import EXAMPLES, Arrive, Serve
from tests.browser.data import Data
from tests.browser.people import Person

SCRIPT = EXAMPLES / "partner_study" / "partner_study_experiment.py"


async def consent_and_pass(person: Person) -> None:
    """Agree, read, and answer the quiz at the second attempt."""
    page = person.page
    await person.at("consent")
    await page.get_by_label("at least 18").check()
    await page.get_by_label("may be stored").check()
    await person.go_on()
    await person.at("instructions")
    await person.go_on()
    await person.at("quiz")
    await page.get_by_label("with the arrow keys").check()
    await page.get_by_label("Yes").check()
    await person.go_on()
    await person.reads("Both of you have to stand on the green square.")
    await page.get_by_label("No").check()
    await person.go_on()


async def answer_questionnaire(person: Person) -> None:
    """Say how the partner was, pass the check, and say who one is."""
    page = person.page
    await person.at("questionnaire")
    await page.get_by_label("Who contributed more").fill("40")
    for group in await page.get_by_role("radiogroup").all():
        await group.get_by_label("Agree", exact=True).check()
    await page.locator('[data-question="again"]').get_by_label("5").check()
    await person.go_on()
    await person.reads("Who was your partner?")
    await page.get_by_label("An AI").check()
    await page.get_by_label("How sure are you?").fill("80")
    await person.go_on()
    await page.locator('[data-question="attention"]').get_by_label("2").check()
    await page.locator('[data-question="fun"]').get_by_label("6").check()
    await person.go_on()
    await page.get_by_label("How old are you?").fill("30")
    await page.get_by_label("Woman").check()
    await page.get_by_label("highest level").select_option(label="Doctorate or equivalent")
    await page.get_by_label("Never").check()
    await page.locator('[data-question="ai_experience"]').get_by_label("4").check()
    await person.go_on()


async def test_a_whole_study(serve: Serve, arrive: Arrive) -> None:
    """Two come to play with each other and one with an AI; each ends with a code and complete data."""
    server = await serve(SCRIPT)
    data = Data(server.data_dir / "partner_study")
    people = [await arrive(server.url) for _ in range(4)]
    await asyncio.gather(*(consent_and_pass(person) for person in people))
    await asyncio.gather(*(person.in_state("over") for person in people))
    for person in people:
        await person.go_on()
    await asyncio.gather(*(answer_questionnaire(person) for person in people))
    for person in people:
        await person.at("thanks")
        await expect(person.page.get_by_test_id("completion-code")).to_be_visible()
    with (data.folder / "codebook.csv").open(encoding="utf-8", newline="") as file:
        explained = {(row["scene_id"], row["column"]) for row in csv.DictReader(file)}
    await data.until(lambda: len(list((data.folder / "questionnaire").glob("*.csv"))) == len(people))
    for event in data.events("participant_arrived"):
        for scene_id in ("consent", "quiz", "questionnaire"):
            path = (scene_id, f"{event['subject_id']}.csv")
            await data.until(lambda path=path: data.table(*path)[0]["left_time"])
            answers = {column for column in data.table(*path)[0] if column.startswith("answers.")}
            assert {(scene_id, column) for column in answers} <= explained
    assert {event["assignments"]["partner"] for event in data.events("participant_arrived")} == {
        "human",
        "ai",
    }
