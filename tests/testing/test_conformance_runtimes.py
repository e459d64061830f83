"""The checks for runtimes accept a small correct one and reject each kind of broken one made from it."""

import pytest

from mug.components import Runtime
from mug.testing import conformance
from mug.testing.conformance import ConformanceError, runtimes, table
from tests.testing import broken_runtimes as broken
from tests.testing.small_runtime import SmallRuntime

SPECIMENS = [
    ("check_accepts_a_plain_game", broken.Refuses, "this machine is too old"),
    ("check_accepts_a_plain_game", broken.ComplainsInWords, "not Problems"),
    (
        "check_ready_comes_first_and_nothing_starts_alone",
        broken.StartFails,
        "start() raised OSError: no workers",
    ),
    ("check_ready_comes_first_and_nothing_starts_alone", broken.ReadyTwice, "more than once"),
    ("check_ready_comes_first_and_nothing_starts_alone", broken.Impatient, "before start()"),
    (
        "check_ready_comes_first_and_nothing_starts_alone",
        broken.NeverReady,
        "still not so that the game is ready",
    ),
    (
        "check_every_episode_is_played_and_the_end_is_said_once",
        broken.OverTwice,
        "EpisodeEnded, EpisodeEnded",
    ),
    ("check_every_episode_is_played_and_the_end_is_said_once", broken.CountsFromZero, "counted [1, 0, 2, 1]"),
    ("check_every_episode_is_played_and_the_end_is_said_once", broken.AlwaysPauses, "pause must be None"),
    ("check_every_episode_is_played_and_the_end_is_said_once", broken.OtherReason, "is over for 'finished'"),
    ("check_every_episode_is_played_and_the_end_is_said_once", broken.Generous, "are not the sums"),
    (
        "check_every_episode_is_played_and_the_end_is_said_once",
        broken.NeverEnds,
        "still not so that the game is over",
    ),
    ("check_steps_are_recorded_once_and_in_order", broken.LosesOne, "where episode 1, step 4"),
    ("check_steps_are_recorded_once_and_in_order", broken.RepeatsOne, "where episode 1, step 5"),
    ("check_steps_are_recorded_once_and_in_order", broken.Unclosed, "comes after"),
    ("check_steps_are_recorded_once_and_in_order", broken.WrongCount, "the end says 9"),
    ("check_steps_are_recorded_once_and_in_order", broken.NotJson, "is not JSON"),
    ("check_steps_are_recorded_once_and_in_order", broken.OtherKind, "announced as 'event'"),
    ("check_records_come_before_pictures", broken.ShowsFirst, "was sent when frame"),
    ("check_everybody_sees_the_game", broken.OneScreen, "player_1 was sent no picture"),
    ("check_everybody_sees_the_game", broken.OnlyDeltas, "is not a full one"),
    ("check_everybody_sees_the_game", broken.BackAndForth, "out of order"),
    ("check_everybody_sees_the_game", broken.Snippets, "fewer than its header needs"),
    ("check_a_full_picture_comes_when_asked_for", broken.NoKeyframes, "a full picture for player_0"),
    ("check_a_full_picture_comes_when_asked_for", broken.NoKeyframesInPause, "a full picture for player_0"),
    ("check_a_full_picture_comes_when_asked_for", broken.HeartbeatsOnly, "a full picture for player_0"),
    ("check_inputs_act_for_their_own_seat", broken.Deaf, "player_0's key has become"),
    ("check_inputs_act_for_their_own_seat", broken.Chorus, "acted for player_1"),
    ("check_inputs_act_for_their_own_seat", broken.Sticky, "after letting go"),
    ("check_a_pause_stops_the_game", broken.Restless, "while the game was paused"),
    ("check_a_pause_stops_the_game", broken.Asleep, "steps are recorded"),
    ("check_a_pause_stops_the_game", broken.CatchesUp, "the record says"),
    ("check_a_game_can_be_stopped", broken.StopsForItself, "is over for 'stopped'"),
    ("check_a_game_can_be_stopped", broken.StopsOpen, "is not closed in the records"),
    ("check_a_game_can_be_stopped", broken.StopsTwice, "something was said after"),
    ("check_a_crash_ends_one_game_in_plain_words", broken.Traceback, "must be one plain line"),
    ("check_a_crash_ends_one_game_in_plain_words", broken.Discreet, "lacks the traceback"),
    ("check_a_crash_ends_one_game_in_plain_words", broken.Cheerful, "although its environment raises"),
    ("check_a_crash_ends_one_game_in_plain_words", broken.FailsAndEnds, "also said that it is over"),
    ("check_a_crash_ends_one_game_in_plain_words", broken.OneForAll, "the game failed"),
    (
        "check_a_full_disk_loses_nothing",
        broken.DropsRefused,
        "a picture was sent of a step whose record was refused",
    ),
    ("check_a_full_disk_loses_nothing", broken.GivesUp, "the game failed"),
    ("check_a_seed_determines_the_game", broken.Unseeded, "with the same seed went differently"),
    ("check_a_seed_determines_the_game", broken.OneSeed, "with different seeds went alike"),
    ("check_a_policy_can_take_over", broken.NoTakeover, "recorded as such"),
    ("check_a_policy_can_take_over", broken.SharedSeat, "after a policy took over"),
    ("check_a_game_goes_on_from_its_records", broken.Forgetful, "0 were resumed"),
    ("check_a_game_goes_on_from_its_records", broken.RebuildsWrongly, "a resumed game is elsewhere"),
    ("check_stopping_the_runtime_keeps_games_resumable", broken.ForgetsGames, "recorded the game as ended"),
    ("check_stopping_the_runtime_keeps_games_resumable", broken.EndsGames, "ended the game for its players"),
]


@pytest.mark.parametrize("check", conformance.runtime, ids=lambda check: check.__name__)
def test_a_good_runtime_passes(check):
    """A small correct runtime passes every check."""
    check(SmallRuntime)


@pytest.mark.parametrize(
    ("name", "specimen", "sentence"), SPECIMENS, ids=lambda value: getattr(value, "__name__", None)
)
def test_broken_runtimes_are_rejected(name, specimen, sentence, monkeypatch):
    """Each broken runtime is rejected by the check for its defect, in words that name it."""
    monkeypatch.setattr(table, "PATIENCE", 1.5)
    with pytest.raises(ConformanceError) as caught:
        getattr(runtimes, name)(specimen if issubclass(specimen, Runtime) else broken.running(specimen))
    assert sentence in str(caught.value)


def test_every_check_rejects_something():
    """No check is there that accepts everything."""
    assert {name for name, _, _ in SPECIMENS} == {check.__name__ for check in conformance.runtime}
