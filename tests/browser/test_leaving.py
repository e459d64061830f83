"""Somebody goes and does not come back: the others read so, keep what they have, and get on."""

from __future__ import annotations

from tests.browser.conftest import EXPERIMENTS, Arrive
from tests.browser.data import assert_rows_are_steps
from tests.browser.grid import COLORS, cell
from tests.browser.pair import Pair
from tests.browser.serving import ServerProcess

SCRIPT = EXPERIMENTS / "partners.py"


async def test_the_game_ends_for_the_one_who_stays(server: ServerProcess, arrive: Arrive) -> None:
    """They read why, what was played is in both people's data, and the way on is open."""
    pair = await Pair.meet(server, "ends", arrive)
    await pair.ann.tap("ArrowDown", "ArrowDown")
    await pair.both_see("ann", 0, 2)
    await pair.bob.leave()
    await pair.ann.reads("Another player left and did not come back, so the game ended.")
    await pair.ann.go_on()
    await pair.ann.at("thanks")
    steps = pair.data.steps(pair.game)
    (end,) = pair.data.events("game_ended")
    assert end["reason"] == "player_left"
    assert pair.data.records(pair.game, "game_end")[-1]["reason"] == "player_left"
    for who in ("ann", "bob"):
        rows = await pair.data.eventually("game", f"{pair.data.subject_of(who)}.csv", rows=len(steps))
        assert_rows_are_steps(rows, steps)


async def test_a_policy_plays_on(server: ServerProcess, arrive: Arrive) -> None:
    """Where the scene asks for it, the game goes on; the data says from when on it was a policy."""
    pair = await Pair.meet(server, "replaces", arrive)
    seat = pair.seats["bob"]
    await pair.bob.tap("ArrowDown")
    await pair.both_see("bob", 0, 1)
    await pair.bob.leave()
    await pair.ann.in_state("playing")
    await pair.ann.shows(COLORS[seat], cell(9, 9))
    await pair.ann.tap("ArrowDown")
    (takeover,) = pair.data.records(pair.game, "takeover")
    assert (takeover["agent"], takeover["policy"]) == (seat, "walk_to_the_goal")
    sources = [step["sources"][seat] for step in pair.data.steps(pair.game)]
    turn = sources.index("policy")
    assert turn == takeover["step"]
    assert set(sources[:turn]) == {"human", "default"}
    assert set(sources[turn:]) == {"policy"}


async def test_the_others_may_play_on_meanwhile(server: ServerProcess, arrive: Arrive) -> None:
    """With ``on_disconnect="play_on"`` a lost connection stops nobody, and whoever is back goes on too."""
    pair = await Pair.meet(server, "plays_on", arrive)
    ann, bob = pair.ann, pair.bob
    bob.expects_lost_connections()
    await bob.context.set_offline(True)
    await bob.reads("The connection was lost. Reconnecting… Please keep this page open.")
    await ann.tap("ArrowDown")
    await ann.shows(COLORS[pair.seats["ann"]], cell(0 if pair.seats["ann"] == "player_0" else 9, 1))
    assert await ann.page.get_by_test_id("game-overlay").is_hidden()
    await bob.context.set_offline(False)
    await bob.page.get_by_text("The connection was lost").wait_for(state="hidden")
    await bob.tap("ArrowDown")
    await pair.both_see("bob", 0, 1)
    await pair.both_see("ann", 0, 1)
    assert pair.data.records(pair.game, "paused") == []


async def test_a_policy_makes_room_for_who_returns(server: ServerProcess, arrive: Arrive) -> None:
    """Somebody who was replaced and opens the page again plays in their seat from there on."""
    pair = await Pair.meet(server, "replaces", arrive)
    seat = pair.seats["bob"]
    await pair.bob.leave()
    await pair.ann.shows(COLORS[seat], cell(9, 9))
    pair.bob.page = await pair.bob.context.new_page()
    await pair.bob.open()
    await pair.bob.in_state("playing")
    await pair.bob.tap("ArrowUp")
    for person in (pair.ann, pair.bob):
        await person.shows(COLORS[seat], cell(9, 8))
