"""Screening and monitoring as participants meet them: at the door, and in the game."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Route

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import Data
from tests.browser.looks import assert_accessible, assert_fits
from tests.browser.pair import Pair
from tests.browser.people import Person
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "screened.py"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)


def data_of(server: ServerProcess, experiment: str) -> Data:
    return Data(server.data_dir / experiment)


async def pass_the_door(person: Person) -> None:
    await person.reads("Please press the space bar")
    await person.tap("Space")
    await person.at("start")


async def test_refused_at_the_door(server: ServerProcess, arrive: Arrive) -> None:
    """A phone is turned away with a sentence, and its owner gets to the ending; every page is accessible."""
    ann = await arrive(f"{server.url}/on_server", user_agent=IPHONE, bypass_csp=True)
    await ann.reads("Please press the space bar")
    await assert_accessible(ann, "asked for a key")
    await ann.button("no-keyboard").click()
    await ann.reads("This study needs a desktop, and you seem to use a phone.")
    await assert_accessible(ann, "screened out")
    await assert_fits(ann, "screened out")
    await ann.page.reload()
    await ann.reads("you seem to use a phone")
    await ann.go_on()
    await ann.at("screened_out")
    await ann.reads("Not with this browser")
    visits = data_of(server, "on_server").events("scene_left")
    left = [event for event in visits if event["outcome"] == "screened_out"]
    assert left[-1]["answers"]["lacks"] == "device"
    assert left[-1]["answers"]["browser"] == "safari"


async def test_a_small_window_can_be_made_larger(server: ServerProcess, arrive: Arrive) -> None:
    """What can be helped is looked at again."""
    bob = await arrive(f"{server.url}/on_server", viewport={"width": 600, "height": 700})
    await bob.reads("Please press the space bar")
    await bob.tap("Space")
    await bob.reads("Yours has 600 × 700. Please make it larger.")  # noqa: RUF001
    await bob.page.set_viewport_size({"width": 900, "height": 800})
    await bob.button("check-again").click()
    await pass_the_door(bob)


async def test_nobody_gets_in_unmeasured(server: ServerProcess, arrive: Arrive) -> None:
    """Where no round trip can be measured, the door stays shut until one can."""
    stopped = True

    async def stop(route: Route) -> None:
        await (route.abort() if stopped else route.continue_())

    cid = await arrive(f"{server.url}/on_server", routes={"**/-/screening/ping": stop})
    cid.expects("net::ERR_FAILED")
    await cid.reads("Please press the space bar")
    await cid.tap("Space")
    await cid.reads("Your connection is too slow or too unsteady")
    stopped = False
    await cid.button("check-again").click()
    await pass_the_door(cid)


@pytest.mark.parametrize("experiment", ["on_server", "in_browser"])
async def test_excluded_in_the_game(server: ServerProcess, arrive: Arrive, experiment: str) -> None:
    """Who does nothing is warned; who goes on doing nothing reads that the study is over for them."""
    dan = await arrive(f"{server.url}/{experiment}")
    await pass_the_door(dan)
    await dan.go_on()
    await dan.in_state("playing")
    await dan.reads("Are you still there?")
    await dan.hold("ArrowRight")
    await dan.until("() => window.mug.debug().step > 60")
    await dan.at("walk")
    await dan.release("ArrowRight")
    await dan.at("excluded")
    await dan.reads("The study is over for you")
    await dan.page.reload()
    await dan.at("excluded")
    data = data_of(server, experiment)
    await data.until(lambda: data.events("completed"))
    assert data.events("completed")[-1]["outcome"] == "excluded"
    observed = data.events("observed")
    assert [event["what"] for event in observed if "attention" not in event["what"]] == ["taken_out"]
    warnings = [event["values"]["what"] for event in observed if event["what"] == "attention_event"]
    assert warnings == ["warned", "recovered", "warned", "expired"]
    (episode,) = [event["values"] for event in observed if event["what"] == "attention"]
    assert 0 < episode["inactive_steps"] < episode["steps"]


# --------------------------------------------------------------------------------- two people, peer to peer


async def meet(server: ServerProcess, study: str, arrive: Arrive) -> Pair:
    """Let two people come whose browsers play together; ann goes down for as long as she is there."""

    async def patient(url: str, query: str, **browser: Any) -> Person:
        person = await arrive(url, query, **browser)
        person.context.set_default_timeout(120_000)
        return person

    pair = await Pair.meet(server, study, patient, bypass_csp=True)
    await pair.ann.hold("ArrowDown")
    return pair


async def ends_with_code(pair: Pair, who: str, outcome: str) -> None:
    """Wait until somebody is at their ending, with a code that is in the data; a reload shows the same."""
    person = pair.ann if who == "ann" else pair.bob
    await person.at(outcome)
    code = await person.button("completion-code").inner_text()
    await person.page.reload()
    await person.reads(code)

    def row() -> dict[str, str]:
        rows = {row["subject_id"]: row for row in pair.data.table("participants.csv")}
        return rows[pair.data.subject_of(who)]

    await pair.data.until(lambda: (row()["outcome"], row()["code"]) == (outcome, code))


def attention(pair: Pair, who: str) -> list[dict[str, Any]]:
    """Return how attentive somebody was in each episode."""
    subject = pair.data.subject_of(who)
    seen = [event for event in pair.data.events("observed") if event["subject_id"] == subject]
    return [event["values"] for event in seen if event["what"] == "attention"]


def troubles(pair: Pair, who: str) -> list[tuple[str, str]]:
    """Return what happened to somebody, and why."""
    subject = pair.data.subject_of(who)
    seen = [event for event in pair.data.events("observed") if event["subject_id"] == subject]
    return [
        (values.get("what", event["what"]), values.get("trouble", values.get("reason")))
        for event in seen
        if event["what"] != "attention"
        for values in [event["values"]]
    ]


def counted(pair: Pair, who: str, episode: int) -> tuple[int, int]:
    """Return how many steps the records have of an episode, and how many without an action of theirs."""
    sources = [
        step["sources"][pair.seats[who]] for step in pair.data.steps(pair.game) if step["episode"] == episode
    ]
    return len(sources), sum(source != "human" for source in sources)


@pytest.mark.slow
async def test_one_of_two_is_excluded_and_the_game_ends(server: ServerProcess, arrive: Arrive) -> None:
    """Peer to peer: who does nothing even after a warning is out; the other one reads that they are gone."""
    pair = await meet(server, "ends", arrive)
    ann, bob = pair.ann, pair.bob
    await bob.reads("Are you still there? Please go on playing.")
    await assert_accessible(bob, "warned in a game of two")
    await ends_with_code(pair, "bob", "excluded")
    await assert_accessible(bob, "excluded from a game of two")
    await ann.reads("Another player left and did not come back, so the game ended.")
    await ann.go_on()
    await ends_with_code(pair, "ann", "partner_left")
    assert troubles(pair, "bob") == [
        ("warned", "inactive"),
        ("expired", "inactive"),
        ("taken_out", "inactive"),
    ]
    assert troubles(pair, "ann") == []
    first, *_ = attention(pair, "bob")
    assert (first["steps"], first["inactive_steps"]) == counted(pair, "bob", 1) == (100, 100)
    assert (first["reason"], first["whole"], first["away"]) == ("max_steps", True, 0)
    await pair.data.until(lambda: attention(pair, "bob")[-1]["reason"] == "excluded")
    last = attention(pair, "bob")[-1]
    assert (last["steps"], last["inactive_steps"]) == counted(pair, "bob", last["episode"])
    for measured in attention(pair, "ann"):
        assert (measured["steps"], measured["inactive_steps"]) == counted(pair, "ann", measured["episode"])
    assert attention(pair, "ann")[-1]["reason"] == "player_left"
    frames = [step["frame"] for step in pair.data.steps(pair.game)]
    assert frames == list(range(1, len(frames) + 1))


@pytest.mark.slow
async def test_one_of_two_is_excluded_and_a_policy_plays_on(server: ServerProcess, arrive: Arrive) -> None:
    """Peer to peer: who stays away is out, a policy has their seat, and the other one plays to the end."""
    pair = await meet(server, "replaced", arrive)
    ann, bob = pair.ann, pair.bob
    await bob.is_hidden(True)
    await bob.reads("Please stay on this page while you play.")
    await ends_with_code(pair, "bob", "excluded")
    await ann.reads("The game is over.")
    await ann.go_on()
    await ends_with_code(pair, "ann", "completed")
    assert troubles(pair, "bob") == [("warned", "away"), ("expired", "away"), ("taken_out", "away")]
    sources = [step["sources"][pair.seats["bob"]] for step in pair.data.steps(pair.game)]
    turn = sources.index("policy")
    assert set(sources[:turn]) == {"default"}
    assert set(sources[turn:]) == {"policy"}
    await pair.data.until(lambda: attention(pair, "bob"))
    assert attention(pair, "bob")[-1]["reason"] == "excluded"
    assert [measured["steps"] for measured in attention(pair, "ann")] == [100] * 3
    assert len(sources) == 300
