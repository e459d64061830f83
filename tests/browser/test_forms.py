"""Questions, endings and the ways in: what people typed is never lost, and nothing is asked in vain."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.async_api import expect

from tests.browser.conftest import EXPERIMENTS, Arrive, Serve
from tests.browser.data import Data
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "forms.py"
LAST_WORDS = 'I <b>like</b> "games" & 日本語'


async def fill_in(person: Person) -> None:
    """Answer every question but the consent."""
    await person.page.get_by_label("How old are you?").fill("33")
    await person.page.get_by_label("sometimes").check()
    await person.page.get_by_label("a computer").check()
    await person.page.get_by_label("Which hand").select_option("left")
    await person.page.get_by_label("How awake").fill("7")
    await person.page.get_by_label("Anything else?").fill(LAST_WORDS)


async def assert_filled_in(person: Person) -> None:
    """Wait until every field has what `fill_in` typed."""
    page = person.page
    await expect(page.get_by_label("How old are you?")).to_have_value("33")
    await expect(page.get_by_label("sometimes")).to_be_checked()
    await expect(page.get_by_label("never")).not_to_be_checked()
    await expect(page.get_by_label("a computer")).to_be_checked()
    await expect(page.get_by_label("a phone")).not_to_be_checked()
    await expect(page.get_by_label("Which hand")).to_have_value("left")
    await expect(page.get_by_label("How awake")).to_have_value("7")
    await expect(page.get_by_label("Anything else?")).to_have_value(LAST_WORDS)


async def drafts(data: Data, words: str) -> None:
    """Wait until the journal has what was typed last."""
    await data.until(lambda: any(draft["answers"].get("text") == words for draft in data.events("draft")))


async def test_answers_survive_a_reload_and_a_restart(serve: Serve, arrive: Arrive) -> None:
    """What was typed and not sent is there again, and what is typed while the server is away is kept."""
    server = await serve(SCRIPT)
    data = Data(server.data_dir / "whole")
    ann = await arrive(f"{server.url}/whole")
    ann.expects_lost_connections()
    await ann.at("welcome")
    await ann.go_on()
    await ann.at("questions")
    await fill_in(ann)
    await drafts(data, LAST_WORDS)
    await ann.page.reload()
    await assert_filled_in(ann)
    await server.kill()
    await ann.reads("The connection was lost. Reconnecting… Please keep this page open.")
    await ann.page.get_by_label("Anything else?").fill("typed into the void")
    await server.start()
    await ann.page.get_by_text("The connection was lost").wait_for(state="hidden")
    await expect(ann.page.get_by_label("Anything else?")).to_have_value("typed into the void")
    await expect(ann.page.get_by_label("How old are you?")).to_have_value("33")
    await drafts(data, "typed into the void")


async def test_required_answers_and_a_code(server: ServerProcess, arrive: Arrive) -> None:
    """The page says beside each field what is missing; the code at the end stays, and can be copied."""
    ann = await arrive(f"{server.url}/whole", permissions=["clipboard-read", "clipboard-write"])
    await ann.at("welcome")
    await ann.go_on()
    await ann.at("questions")
    await ann.go_on()
    await ann.reads("Please look at the marked questions.")
    await expect(ann.page.locator("[aria-invalid=true]")).to_have_count(5)
    await ann.until("() => document.activeElement?.id === 'age'")
    await fill_in(ann)
    await ann.page.get_by_label("How old are you?").fill("17")
    await ann.page.get_by_label("I agree").check()
    await ann.go_on()
    await expect(ann.page.locator("[aria-invalid=true]")).to_have_count(1)
    await ann.page.get_by_label("How old are you?").fill("33")
    await ann.go_on()
    await ann.in_state("over")
    await ann.go_on()
    await ann.at("code")
    code = await ann.button("completion-code").inner_text()
    assert re.fullmatch("[0-9A-F]{8}", code)
    await ann.page.get_by_role("button", name="Copy the code").click()
    await ann.reads("Copied")
    assert await ann.page.evaluate("() => navigator.clipboard.readText()") == code
    await ann.page.reload()
    await expect(ann.button("completion-code")).to_have_text(code)
    data = Data(server.data_dir / "whole")
    (row,) = await data.eventually(
        "questions", f"{data.events('participant_arrived')[0]['subject_id']}.csv", rows=1
    )
    answers = {
        name.removeprefix("answers."): value for name, value in row.items() if name.startswith("answers.")
    }
    assert answers == {
        "age": "33",
        "often": "sometimes",
        "device": '["computer"]',
        "hand": "left",
        "mood": "7",
        "text": LAST_WORDS,
        "agree": "true",
    }
    (completed,) = data.events("completed")
    assert completed["code"] == code


async def test_an_ending_that_leads_on(server: ServerProcess, arrive: Arrive, elsewhere: str) -> None:
    """The browser goes to the other site with the subject id, and the button does not wait."""
    ann = await arrive(f"{server.url}/leads_on")
    ann.may_go_to(urlsplit(elsewhere).netloc)
    await ann.at("questions")
    await fill_in(ann)
    await ann.page.get_by_label("I agree").check()
    await ann.go_on()
    await ann.at("away")
    await ann.reads(re.compile(r"You will be taken to [a-z0-9.]+ in [1-5] s"))
    await ann.button("redirect").click()
    (subject,) = (
        event["subject_id"] for event in Data(server.data_dir / "leads_on").events("participant_arrived")
    )
    await ann.reads(f"You came to /arrived?id={subject}")
    await ann.page.go_back()
    await ann.at("away")


async def test_a_second_participant_in_one_browser(server: ServerProcess, arrive: Arrive) -> None:
    """``?new`` makes another participant in the same browser, for trying out; each tab stays its own."""
    ann = await arrive(f"{server.url}/whole")
    await ann.at("welcome")
    bob = Person(ann.context, await ann.context.new_page(), ann.url)
    await bob.open("?new")
    await bob.at("welcome")
    await bob.go_on()
    await bob.at("questions")
    await ann.page.reload()
    await ann.at("welcome")
    await bob.page.reload()
    await bob.at("questions")
    assert bob.page.url == f"{bob.url}/"
