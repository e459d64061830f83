"""What participants do on the pages of the partner study, with a mouse or with keys alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Locator, expect

from tests.browser.people import PATIENCE_MS, Person

Look = Callable[[Person, str], Awaitable[None]]
"""(who sees a page, what the page is called)"""

_LATER = """([round, step]) => {
    const now = window.mug.debug();
    const over = document.querySelector('.stage')?.dataset.state === "over";
    return over || now.episode > round || (now.episode === round && now.step >= step);
}"""


async def nobody_looks(person: Person, name: str) -> None:
    """Go on without a look at the page."""


def question(person: Person, name: str) -> Locator:
    """Return the block of a question."""
    return person.page.locator(f'[data-question="{name}"]')


async def sees(person: Person, heading: str) -> None:
    """Wait for a page, whose heading gets the focus."""
    found = person.page.get_by_role("heading", name=heading, level=1)
    await expect(found).to_be_focused(timeout=3 * PATIENCE_MS)


# ------------------------------------------------------------------------------------------ with a mouse


async def agree(person: Person, look: Look = nobody_looks) -> None:
    """Agree to take part, and read how to play."""
    await person.at("consent")
    await look(person, "consent")
    await person.page.get_by_label("at least 18").check()
    await person.page.get_by_label("may be stored").check()
    await person.go_on()
    await person.at("instructions")
    await person.until("() => [...document.images].every((one) => one.complete && one.naturalWidth > 0)")
    await look(person, "instructions")
    await person.go_on()
    await person.at("quiz")


async def answer_quiz(person: Person, *, rightly: bool = True) -> None:
    """Answer the three questions; the last of them wrongly, if so wished."""
    await question(person, "keys").get_by_label("with the arrow keys").check()
    await question(person, "point").get_by_label("Both of us are on green").check()
    await question(person, "alone").get_by_label("No" if rightly else "Yes").check()
    await person.go_on()


async def hold_in_the_game(person: Person, key: str) -> None:
    """Press a key down as soon as there is a game that sees it."""
    await person.page.locator(".stage").wait_for(timeout=3 * PATIENCE_MS)
    await person.in_state("countdown", "playing")
    await person.hold(key)


async def walk_to_the_square(person: Person, rounds: int = 2) -> None:
    """In each round, go along the upper edge to the corner, and then down."""
    await hold_in_the_game(person, "ArrowRight")
    for number in range(1, rounds + 1):
        await person.hold("ArrowRight")
        await person.until(_LATER, [number, 12])
        await person.hold("ArrowDown")
        await person.until(_LATER, [number + 1, 0])
        await person.release("ArrowDown", "ArrowRight")


async def leave_the_game(person: Person, look: Look = nobody_looks) -> None:
    """Go on when the game is over."""
    await person.in_state("over")
    await look(person, "game over")
    await person.go_on()


async def answer_questionnaire(person: Person, look: Look = nobody_looks) -> None:
    """Say how the partner was and who it was, pass the check, and say who one is."""
    page = person.page
    await sees(person, "About your partner")
    await look(person, "about the partner")
    await page.get_by_label("Who contributed more").fill("40")
    for group in await page.get_by_role("radiogroup").all():
        await group.get_by_label("Agree", exact=True).check()
    await question(person, "again").get_by_label("5").check()
    await person.go_on()
    await sees(person, "Who was your partner?")
    await look(person, "who it was")
    await page.get_by_label("An AI").check()
    await page.get_by_label("How sure are you?").fill("80")
    await person.go_on()
    await sees(person, "The game")
    await look(person, "attention check")
    await question(person, "attention").get_by_label("2").check()
    await question(person, "fun").get_by_label("6").check()
    await person.go_on()
    await sees(person, "About you")
    await look(person, "about oneself")
    await page.get_by_label("How old are you?").fill("30")
    await page.get_by_label("Woman").check()
    await page.get_by_label("highest level").select_option(label="Doctorate or equivalent")
    await page.get_by_label("Never").check()
    await question(person, "ai_experience").get_by_label("4").check()
    await person.go_on()


# ------------------------------------------------------------------------------------- with keys alone


async def reach(person: Person, thing: Locator) -> None:
    """Press Tab until the focus is on something, and can be seen there."""
    await thing.wait_for()
    for _ in range(80):
        if await thing.evaluate("(element) => element === document.activeElement"):
            return
        await person.tap("Tab")
    raise AssertionError(f"no number of Tabs leads to {thing}: {await person.text()}")


async def press(person: Person, test_id: str) -> None:
    """Go to a button, or a link, and press Enter."""
    await reach(person, person.button(test_id))
    await person.tap("Enter")


async def choose(person: Person, block: Locator, place: int) -> None:
    """Choose the option at a place of a group, which counts from 0."""
    await reach(person, block.locator("input[type=radio]").first)
    await person.tap("Space", *["ArrowDown"] * place)
    await expect(block.locator("input[type=radio]").nth(place)).to_be_checked(timeout=PATIENCE_MS)


async def agree_by_keys(person: Person) -> None:
    """What `agree` and `answer_quiz` do."""
    await person.at("consent")
    for box in await person.page.get_by_role("checkbox").all():
        await reach(person, box)
        await person.tap("Space")
    await press(person, "advance")
    await person.at("instructions")
    await press(person, "advance")
    await person.at("quiz")
    for name, place in (("keys", 1), ("point", 1), ("alone", 1)):
        await choose(person, question(person, name), place)
    await press(person, "advance")


async def answer_questionnaire_by_keys(person: Person) -> None:
    """What `answer_questionnaire` does."""
    await sees(person, "About your partner")
    await slide(person, "contribution")
    for group in await question(person, "partner").get_by_role("radiogroup").all():
        await choose(person, group, 3)
    await choose(person, question(person, "again"), 4)
    await press(person, "advance")
    await sees(person, "Who was your partner?")
    await choose(person, question(person, "human"), 1)
    await slide(person, "human_confidence")
    await press(person, "advance")
    await sees(person, "The game")
    for name, place in (("attention", 1), ("fun", 5)):
        await choose(person, question(person, name), place)
    await press(person, "advance")
    await sees(person, "About you")
    await reach(person, person.page.get_by_label("How old are you?"))
    await person.page.keyboard.type("30")
    await choose(person, question(person, "gender"), 0)
    await reach(person, person.page.get_by_label("highest level"))
    await person.tap("ArrowDown")
    await choose(person, question(person, "games"), 0)
    await choose(person, question(person, "ai_experience"), 3)
    await press(person, "advance")


async def slide(person: Person, name: str) -> None:
    """Mark a place on a line."""
    await reach(person, question(person, name).locator("input[type=range]"))
    await person.tap("ArrowRight")
