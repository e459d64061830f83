"""Surveys in a real browser: nothing typed is lost, nothing wrong gets through, everybody can answer."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.conftest import EXPERIMENTS, Arrive, Serve
from tests.browser.data import Data
from tests.browser.looks import assert_accessible, assert_fits
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "surveys.py"
WORDS = '<script>alert("1")</script> 🎮 שלום'


def question(person: Person, name: str) -> Locator:
    """Return the block of a question."""
    return person.page.locator(f'[data-question="{name}"]')


async def go_on_to(person: Person, heading: str) -> None:
    """Press the button that leads on, and wait for the next page's heading, which gets the focus."""
    await person.go_on()
    await expect(person.page.get_by_role("heading", name=heading, level=1)).to_be_focused()


async def answer_first_page(person: Person) -> None:
    """Answer everything on the first page of ``everything``."""
    page = person.page
    await page.get_by_label("What should we call you?").fill("Ann")
    await page.get_by_label("Tell us about the last game").fill(WORDS)
    await page.get_by_label("How old are you?").fill("33")
    await question(person, "plays").get_by_label("Yes").check()
    await page.get_by_label("On the way").check()
    await page.get_by_label("At home").check()
    await page.get_by_label("Where do you live?").select_option("There")
    await page.get_by_label("Since when").fill("2015-02-28")


async def assert_first_page(person: Person) -> None:
    """Wait until the first page has what `answer_first_page` answered."""
    page = person.page
    await expect(page.get_by_label("What should we call you?")).to_have_value("Ann")
    await expect(page.get_by_label("Tell us about the last game")).to_have_value(WORDS)
    await expect(page.get_by_label("How old are you?")).to_have_value("33")
    await expect(question(person, "plays").get_by_label("Yes")).to_be_checked()
    await expect(page.get_by_label("On the way")).to_be_checked()
    await expect(page.get_by_label("At work")).not_to_be_checked()
    await expect(page.get_by_label("Where do you live?")).to_have_value('"There"')
    await expect(page.get_by_label("Since when")).to_have_value("2015-02-28")


async def answer_second_page(person: Person) -> None:
    """Answer everything on the second page."""
    await person.page.get_by_label("Checks").check()
    await question(person, "fun").get_by_label("Agree", exact=True).check()
    await question(person, "skill").get_by_label("5").check()
    for row, degree in (("I talk a lot", "Neither"), ("I like to lead", "Agree"), ("I wait", "Disagree")):
        group = person.page.get_by_role("radiogroup", name=row)
        await group.get_by_label(degree, exact=True).check()


async def answer_third_page(person: Person) -> None:
    """Answer everything on the last page that has to be answered."""
    page = person.page
    await page.get_by_label("How demanding are games?").fill("30")
    for name in ("Care", "Speed", "Luck"):
        await page.get_by_role("button", name=name).click()
    await question(person, "grade").get_by_label("15", exact=True).check()
    await page.get_by_label("My answers may be used").check()


async def test_a_whole_survey_with_a_reload_and_a_crash_in_the_middle(serve: Serve, arrive: Arrive) -> None:
    """Three pages, a reload on the first, the server killed on the second, back and on: nothing is lost."""
    server = await serve(SCRIPT)
    data = Data(server.data_dir / "everything")
    ann = await arrive(f"{server.url}/everything")
    ann.expects_lost_connections()
    page = ann.page
    await ann.at("everything")
    await expect(question(ann, "where")).to_be_hidden()
    await answer_first_page(ann)
    await expect(question(ann, "where")).to_contain_text("Where do you play, Ann?")
    await data.until(lambda: any(d["answers"].get("since") == "2015-02-28" for d in data.events("draft")))
    await page.reload()
    await assert_first_page(ann)
    await go_on_to(ann, "Playing with others")
    await ann.reads("You are 33 years old, Ann, and play: At home, On the way.")
    await answer_second_page(ann)
    await data.until(lambda: any(len(d["answers"].get("team") or ()) == 3 for d in data.events("draft")))
    await server.kill()
    await ann.reads("The connection was lost. Reconnecting… Please keep this page open.")
    await question(ann, "skill").get_by_label("6").check()
    await server.start()
    await page.get_by_text("The connection was lost").wait_for(state="hidden")
    await expect(question(ann, "skill").get_by_label("6")).to_be_checked()
    await go_on_to(ann, "Last questions")
    await answer_third_page(ann)
    await ann.button("back").click()
    await expect(page.get_by_role("heading", name="Playing with others")).to_be_focused()
    await expect(question(ann, "fun").get_by_label("Agree", exact=True)).to_be_checked()
    await go_on_to(ann, "Last questions")
    await expect(page.get_by_label("How demanding are games?")).to_have_value("30")
    await ann.go_on()
    await ann.at("thanks")
    subject = data.events("participant_arrived")[0]["subject_id"]
    await data.eventually("everything", f"{subject}.csv", rows=1)
    await data.until(lambda: data.table("everything", f"{subject}.csv")[0]["left_time"])
    (row,) = data.table("everything", f"{subject}.csv")
    answers = {name.removeprefix("answers."): value for name, value in row.items()}
    seconds = {name: answers.pop(name) for name in list(answers) if name.startswith("_seconds.")}
    wanted: dict[str, Any] = {
        "name": "Ann", "story": WORDS, "age": "33", "plays": "true", "where": '["At home","On the way"]',
        "country": "There", "since": "2015-02-28", "picture": "checks", "fun": "4", "skill": "6",
        "team.talk": "3", "team.lead": "4", "team.wait": "2", "load": "30", "hours": "",
        "values": '["Care","Speed","Luck"]', "grade": "15", "reuse": "true",
    }  # fmt: skip
    assert {name: answers[name] for name in wanted} == wanted
    assert json.loads(answers["_order"])[:3] == ["name", "story", "age"]
    assert sorted(json.loads(answers["_options.values"])) == ["Care", "Luck", "Speed"]
    assert all(float(seconds[f"_seconds.{name}"]) > 0 for name in ("name", "team", "values"))
    assert seconds["_seconds.hours"] == ""
    assert (data.folder / "codebook.csv").exists()


async def test_what_is_wrong_is_said_before_anything_is_sent(server: ServerProcess, arrive: Arrive) -> None:
    """A summary takes the focus and leads to each question; an answer takes its complaint back."""
    ann = await arrive(f"{server.url}/everything")
    await ann.at("everything")
    await ann.page.get_by_label("How old are you?").fill("17")
    await question(ann, "plays").get_by_label("No").check()
    await ann.page.get_by_label("Tell us about the last game").fill("🎮" * 201)
    await ann.reads("-1 characters left")
    await ann.go_on()
    summary = ann.page.get_by_role("alert").filter(has_text="Please look at these questions again.")
    await expect(summary).to_be_focused()
    await expect(question(ann, "age")).to_contain_text("Please write a number from 18 to 120.")
    await expect(question(ann, "story")).to_contain_text("Please write at most 200 characters.")
    await expect(ann.page.get_by_label("How old are you?")).to_have_attribute("aria-invalid", "true")
    await summary.get_by_role("link", name="How old are you?").click()
    await expect(ann.page.get_by_label("How old are you?")).to_be_focused()
    await ann.page.get_by_label("How old are you?").fill("18,5")
    await expect(question(ann, "age").locator(".field-error")).to_be_hidden()
    await ann.go_on()
    await expect(question(ann, "age")).to_contain_text("Please write a whole number")
    assert ann.page.url == f"{ann.url}/"


async def test_the_server_judges_for_itself(server: ServerProcess, arrive: Arrive) -> None:
    """What a page that was tampered with sends is refused, and shown beside the questions."""
    ann = await arrive(f"{server.url}/everything")
    await ann.at("everything")
    await answer_first_page(ann)
    await ann.page.evaluate("() => { Number.isInteger = () => true; }")
    await ann.page.get_by_label("How old are you?").fill("33.5")
    await ann.go_on()
    await expect(question(ann, "age")).to_contain_text("Please write a whole number")
    await ann.page.get_by_label("How old are you?").fill("33")
    await go_on_to(ann, "Playing with others")


async def test_declining_is_an_ending_and_stays_one(server: ServerProcess, arrive: Arrive) -> None:
    """Whoever declines is asked whether they mean it, and cannot come back by any way."""
    data = Data(server.data_dir / "consent")
    ann = await arrive(f"{server.url}/consent", "?who=decliner")
    await ann.at("consent")
    await ann.page.get_by_label("My answers may be stored.").check()
    await ann.button("decline").click()
    await ann.page.get_by_role("dialog").wait_for()
    await ann.tap("Escape")
    await expect(ann.button("decline")).to_be_focused()
    await ann.button("decline").click()
    await ann.button("decline-sure").click()
    await ann.at("declined")
    await ann.page.go_back()
    await ann.open()
    await ann.at("declined")
    await ann.page.reload()
    await ann.at("declined")
    assert await ann.page.get_by_test_id("completion-code").count() == 0
    (left,) = [event for event in data.events("scene_left") if event["answers"].get("agreed") is False]
    assert left["outcome"] == "declined"
    assert set(left["answers"]) == {"agreed", "version", "sha256"}
    await data.until(lambda: _outcomes(data, left["participant"]) == ["declined"])


async def test_a_quiz_that_is_failed_and_one_that_is_not(server: ServerProcess, arrive: Arrive) -> None:
    """Feedback and another try; those who fail, and those who fail a check, come to their own ending."""
    data = Data(server.data_dir / "consent")
    ann, bob, cem = await asyncio.gather(*(arrive(f"{server.url}/consent") for _ in range(3)))
    for person in (ann, bob, cem):
        await person.at("consent")
        await person.go_on()
        await person.reads("Please tick this to go on.")
        await person.page.get_by_label("My answers may be stored.").check()
        await person.go_on()
        await person.at("rules")
        await question(person, "lose").get_by_label("Yes").check()
        await person.page.get_by_label("To reach the goal together").check()
        await person.go_on()
        await person.reads("Not everything is right yet. You can try once more.")
        await expect(question(person, "lose")).to_contain_text("Points are only ever added.")
    await ann.page.reload()
    await expect(question(ann, "lose").get_by_label("Yes")).to_be_checked()
    await ann.go_on()
    await ann.at("failed")
    for person, color, ending in ((bob, "blue", "thanks"), (cem, "red", "failed")):
        await question(person, "lose").get_by_label("No").check()
        await person.go_on()
        await person.page.get_by_label(color).check()
        await expect(person.button("back")).to_have_count(0)
        await person.go_on()
        await person.at(ending)
    left = [event["answers"] for event in data.events("scene_left") if event["scene_id"] == "rules"]
    assert [answers["_attempts"]["rules"] for answers in left] == [2, 2, 2]
    assert [answers["_correct"]["attention"] for answers in left] == [None, True, False]
    people = [event["participant"] for event in data.events("scene_left") if event["scene_id"] == "rules"]
    outcomes = [["failed_check"], ["completed"], ["failed_check"]]
    await data.until(lambda: [_outcomes(data, participant) for participant in people] == outcomes)


async def test_another_script_and_another_direction(server: ServerProcess, arrive: Arrive) -> None:
    """A survey in Arabic runs from right to left, in its own words, with answers in their own direction."""
    ann = await arrive(f"{server.url}/arabic", bypass_csp=True)
    await ann.at("arabic")
    await expect(ann.page.locator("section.survey")).to_have_attribute("dir", "rtl")
    await ann.page.get_by_role("button", name="متابعة").click()
    await ann.reads("يرجى الإجابة عن هذا السؤال.")
    await assert_accessible(ann, "survey in Arabic")
    await ann.page.get_by_label("ما اسمك؟").fill("Ann 🎮")
    await ann.reads("مرحبا Ann 🎮!")
    await ann.page.get_by_label("7, نعم").check()
    await ann.page.get_by_role("button", name="متابعة").click()
    await ann.at("thanks")


async def test_every_type_of_question_is_accessible(server: ServerProcess, arrive: Arrive) -> None:
    """axe-core finds nothing, with complaints and without, and nothing has to be scrolled sideways."""
    ann = await arrive(f"{server.url}/everything", bypass_csp=True)
    await ann.at("everything")
    await assert_good(ann, "survey 1")
    await ann.go_on()
    await ann.reads("Please look at these questions again.")
    await assert_good(ann, "survey 1 with complaints")
    await answer_first_page(ann)
    await go_on_to(ann, "Playing with others")
    await ann.page.get_by_role("radiogroup", name="I talk a lot").get_by_label("Neither").check()
    await ann.go_on()
    await ann.reads("Please answer every line.")
    await assert_good(ann, "survey 2 with complaints")
    await answer_second_page(ann)
    await assert_good(ann, "survey 2")
    await go_on_to(ann, "Last questions")
    await assert_good(ann, "survey 3")
    await ann.go_on()
    await answer_third_page(ann)
    await assert_good(ann, "survey 3 answered")
    bob = await arrive(f"{server.url}/consent", bypass_csp=True)
    await bob.at("consent")
    await assert_good(bob, "consent")
    await bob.button("decline").click()
    await assert_accessible(bob, "declining")


async def test_everything_can_be_answered_with_the_keyboard(server: ServerProcess, arrive: Arrive) -> None:
    """Every type of question can be reached and answered with keys, and the page left with them."""
    ann = await arrive(f"{server.url}/everything")
    keyboard = ann.page.keyboard
    await ann.at("everything")
    await ann.tap("Tab")
    await keyboard.type("Ann")
    await ann.tap("Tab", "Tab")
    await keyboard.type("44")
    await ann.tap("Tab", "Space", "Tab", "Tab", "Space", "Tab", "Tab", "Tab", "ArrowDown")
    await expect(question(ann, "plays").get_by_label("Yes")).to_be_checked()
    await expect(ann.page.get_by_label("At work")).to_be_checked()
    await ann.page.get_by_label("What should we call you?").focus()
    await ann.tap("Enter")
    await expect(ann.page.get_by_role("heading", name="Playing with others")).to_be_focused()
    await ann.tap(
        "Tab", "Space", "Tab", "Space", "ArrowRight", "Tab", "Tab", "Space", "Tab", "Space", "Tab", "Space"
    )
    await expect(question(ann, "fun").get_by_label("Disagree", exact=True)).to_be_checked()
    await ann.tap("Tab", "Tab", "Enter")
    await expect(ann.page.get_by_role("heading", name="Last questions")).to_be_focused()
    await ann.tap(
        "Tab", "Space", "Tab", "ArrowRight", "Tab", "Enter", "Tab", "Space", "Tab", "Enter", "Tab", "Tab"
    )
    await ann.tap("Space", "Tab", "Space", "Tab", "Tab", "Enter")
    await ann.at("thanks")


async def test_classic_scenes_and_ready_questionnaires(server: ServerProcess, arrive: Arrive) -> None:
    """They run as they are written, one page after the other."""
    data = Data(server.data_dir / "classic")
    ann = await arrive(f"{server.url}/classic")
    await ann.at("box")
    await ann.page.get_by_label("What did you think of the game?").fill("Fine.")
    await ann.go_on()
    await ann.at("boxes")
    await ann.page.get_by_label("The second").check()
    await question(ann, "scale-0").get_by_label("21, Strongly agree").check()
    await question(ann, "scale-1").get_by_label("11", exact=True).check()
    await ann.go_on()
    await ann.at("scales")
    for name in ("scale-0", "scale-1"):
        await question(ann, name).get_by_label("4", exact=True).check()
    await ann.go_on()
    await ann.at("multiple")
    for label in ("a", "b", "e"):
        await ann.page.get_by_label(label, exact=True).check()
    await ann.go_on()
    await ann.at("thanks")
    left = {event["scene_id"]: event["answers"] for event in data.events("scene_left")}
    assert left["box"]["user-input"] == "Fine."
    assert (left["boxes"]["selected-option-box"], left["boxes"]["scale-0"]) == ("The second", 21)
    assert (left["multiple"]["mc-0"], left["multiple"]["mc-1"]) == ([0, 1], [2])
    bob = await arrive(f"{server.url}/ready", bypass_csp=True)
    await bob.reads("How old are you?")
    await assert_good(bob, "demographics")


async def test_a_surveyjs_definition_runs_as_it_is(server: ServerProcess, arrive: Arrive) -> None:
    """SurveyJS is fetched from mug itself, where it is needed; a reload keeps page and answers."""
    data = Data(server.data_dir / "surveyjs")
    ann = await arrive(f"{server.url}/surveyjs")
    page = ann.page
    await ann.at("surveyjs")
    await page.get_by_label("Your name").wait_for()
    await ann.go_on()
    await ann.reads("Response required.")
    cem = await arrive(f"{server.url}/surveyjs", bypass_csp=True)
    await cem.page.get_by_label("Your name").wait_for()
    await cem.go_on()
    await assert_good(cem, "surveyjs 1")
    await cem.page.get_by_label("Your name").fill("Cem")
    await cem.go_on()
    await cem.reads("How much fun is it, Cem?")
    await assert_good(cem, "surveyjs 2")
    await page.get_by_label("Your name").fill("Ann")
    await page.get_by_text("Yes", exact=True).click()
    await page.get_by_text("chess", exact=True).click()
    await ann.go_on()
    await ann.reads("How much fun is it, Ann?")
    await page.get_by_text("4", exact=True).click()
    await page.get_by_label("Anything else?").fill(WORDS)
    await data.until(lambda: any(d["answers"].get("more") == WORDS for d in data.events("draft")))
    await page.reload()
    await ann.reads("How much fun is it, Ann?")
    await expect(page.get_by_label("Anything else?")).to_have_value(WORDS)
    await ann.button("back").click()
    await expect(page.get_by_label("Your name")).to_have_value("Ann")
    await ann.go_on()
    await ann.go_on()
    await ann.at("thanks")
    answers = data.events("scene_left")[0]["answers"]
    assert answers == {"name": "Ann", "plays": True, "games": ["chess"], "fun": 4, "more": WORDS}
    bob = await arrive(f"{server.url}/everything")
    await bob.at("everything")
    assert any("later.js" in url for url in ann.requests)
    assert not any("later.js" in url for url in bob.requests)


def _outcomes(data: Data, participant: str) -> list[str]:
    return [event["outcome"] for event in data.events("completed") if event["participant"] == participant]


async def assert_good(person: Person, name: str) -> None:
    """Assert that a page is accessible, and fits into a small window."""
    await assert_accessible(person, name)
    await assert_fits(person, name)
