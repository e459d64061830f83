"""Copies of the game that come apart: found, named, repaired; never imagined."""

from __future__ import annotations

import pytest
from mug_ggpo.session import (
    Advance,
    Confirm,
    Desync,
    Load,
    Restored,
    Save,
    SyncTestFailed,
    SyncTestSession,
)
from mug_ggpo.session.checksums import Checksums
from mug_ggpo.simulation import FAULTS, Conditions, Game, Scenario, run


@pytest.mark.parametrize("peers", [2, 3])
@pytest.mark.parametrize("saving", ["every", "sparse", "resimulate"])
def test_a_flipped_bit_is_found(saving, peers):
    """One bit in one peer's state is found on both sides within 30 frames and a round trip."""
    for seed in range(3):
        frame = 120 + 7 * seed
        wire = Conditions(latency=0.075, jitter=0.02, loss=0.05)
        scenario = Scenario(
            seed=seed, peers=peers, wire=wire, flip=(1, frame), seconds=9, saving=saving, start_offset=0.1
        )
        outcome = run(scenario)
        first = min(
            key
            for key, one in outcome.peers[0].confirmed.items()
            if one != outcome.peers[1].confirmed.get(key)
        )
        assert first <= (0, frame)
        for number in (0, 1):
            found = [(at, event) for at, event in outcome.peers[number].events if isinstance(event, Desync)]
            suspects = {event.peer for _, event in found}
            assert suspects == {1} if number == 0 else 0 in suspects
            assert found[0][1].frame > frame
            # Frame 0 is simulated half a second after the beginning at the earliest.
            began = next(
                at for at, event in outcome.peers[number].events if type(event).__name__ == "Started"
            )
            assert found[0][0] <= began + (frame + 30) / 30 + 0.15 + 0.12


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_games_are_found_while_they_are_played(fault):
    """Unseeded generators, hidden state, shared lists, clocks: found within two seconds of play."""
    wire = Conditions(latency=0.1, jitter=0.02, loss=0.02)
    outcome = run(Scenario(seed=1, wire=wire, fault=fault, seconds=4, start_offset=0.1))
    for peer in outcome.peers:
        began = next(at for at, event in peer.events if type(event).__name__ == "Started")
        assert any(isinstance(event, Desync) and at <= began + 2 for at, event in peer.events)


def test_no_state_is_reported_that_is_forgotten():
    """More states may become certain at once than are remembered."""
    checksums = Checksums(2)
    for frame in range(40):
        checksums.report(0, frame, 1000 + frame)
    assert checksums.settle(0, 40) == []
    reports = checksums.due()
    assert reports
    assert all(value == 1000 + frame for _, frame, value in reports)


def test_a_desync_is_repaired():
    """The peer that is not the authority goes on from the authority's state; then all is well."""
    wire = Conditions(latency=0.05, jitter=0.02, loss=0.05)
    scenario = Scenario(seed=1, wire=wire, flip=(1, 100), repairs=True, seconds=12)
    outcome = run(scenario)
    repaired = outcome.peers[1]
    restored = [at for at, event in repaired.events if isinstance(event, Restored)]
    assert len(restored) == 1
    for peer in outcome.peers:
        assert not [event for at, event in peer.events if isinstance(event, Desync) and at > restored[0]]
    (beginning,) = repaired.resumed_at
    after = [key for key in repaired.confirmed if key >= beginning]
    assert len(after) > 150
    for key in after:
        other = outcome.peers[0].confirmed.get(key)
        assert other is None or other.checksum == repaired.confirmed[key].checksum


def test_nothing_is_imagined():
    """With a checksum of every frame and constant rollbacks, there is not one false alarm."""
    wire = Conditions(latency=0.1, jitter=0.05, loss=0.2, reorder=0.2, duplicate=0.1)
    for saving in ("every", "sparse", "resimulate"):
        scenario = Scenario(
            seed=6, peers=3, wire=wire, checksum_interval=1, hold=0.05, seconds=15, episode=70, saving=saving
        )
        outcome = run(scenario)
        assert outcome.rollbacks_per_100() > 30
        assert not [event for peer in outcome.peers for _, event in peer.events if isinstance(event, Desync)]


def sync_test(fault: str, distance: int, frames: int) -> list[SyncTestFailed]:
    """Play alone, with a rollback in every frame; return what was found."""
    session = SyncTestSession(2, distance)
    game = Game(2, 5, 10**9, fault)
    states = {}
    failed: list[SyncTestFailed] = []
    for tick in range(frames):
        session.set_input(0, bytes((tick * 7 % 5,)))
        session.set_input(1, bytes((tick // 9 % 5,)))
        for request in session.tick(tick / 30):
            match request:
                case Save(frame):
                    states[frame] = game.save()
                    session.checksum(frame, game.checksum())
                case Load(frame):
                    game.load(states[frame])
                case Advance(frame, inputs, statuses):
                    assert frame == game.frame
                    game.step(inputs, statuses)
        assert session.frame == tick + 1
        assert session.confirmed_frame == max(-1, tick - distance + 1)
        states = {frame: state for frame, state in states.items() if frame >= session.oldest_needed}
        assert len(states) <= distance + 1
        failed += [event for event in session.take_events() if isinstance(event, SyncTestFailed)]
    return failed


@pytest.mark.parametrize("distance", [1, 2, 4, 8, 16])
def test_a_sound_game_passes_the_sync_test(distance):
    """A game whose snapshot holds everything comes out the same each time."""
    assert sync_test("", distance, 2000) == []


@pytest.mark.parametrize("distance", [1, 2, 4, 8])
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "clock"])
def test_the_sync_test_names_the_frame(fault, distance):
    """A game whose snapshot misses something fails within twice the distance, and is told where, once."""
    (found,) = sync_test(fault, distance, 100)
    assert found.frame <= 2 * distance + 1
    assert found.first != found.again


@pytest.mark.parametrize("distance", [1, 3, 8])
def test_the_sync_test_goes_on_over_episodes(distance):
    """Every frame of every episode is confirmed once, after its final Advance, up to its last one."""
    session = SyncTestSession(2, distance)
    game = Game(2, 0, 20)
    states = {}
    confirmed: list[tuple[int, int]] = []
    lengths: list[int] = []
    for tick in range(300):
        session.set_input(0, bytes((tick % 5,)))
        over_at: int | None = None
        ended = False
        for request in session.tick(tick / 30):
            if over_at is not None and request.frame > over_at:
                continue
            match request:
                case Save(frame):
                    states[frame] = game.save()
                    session.checksum(frame, game.checksum())
                case Load(frame):
                    game.load(states[frame])
                case Advance(frame, inputs, statuses, final):
                    game.step(inputs, statuses)
                    last = frame, final
                    if game.ended:
                        session.hold(frame)
                        over_at = frame
                case Confirm(frame):
                    assert last == (frame, True)
                    confirmed.append((session.epoch, frame))
                    ended = game.ended
        if ended:
            lengths.append(game.frame)
            session.begin_epoch(session.epoch + 1, tick / 30)
            game = Game(2, session.epoch, 20)
    assert len(lengths) > 5
    for epoch, length in enumerate(lengths):
        assert [frame for at, frame in confirmed if at == epoch] == list(range(length))
    assert not [event for event in session.take_events() if isinstance(event, SyncTestFailed)]
