from __future__ import annotations

import itertools
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from mug_server_mode.board import Board
from mug_server_mode.wire import Inbox, packed

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.text(), st.binary()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.one_of(st.text(), st.integers(0, 9)), inner)),
    max_leaves=20,
)


@given(st.lists(values, max_size=8), st.lists(st.integers(0, 400), max_size=20))
def test_messages_come_whole_and_in_order_however_they_are_cut(messages: list[Any], cuts: list[int]) -> None:
    """A stream socket may cut anywhere; what comes out is what went in."""
    stream = b"".join(packed(message) for message in messages)
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    inbox = Inbox()
    received: list[Any] = []
    for start, end in itertools.pairwise(places):
        received += inbox.feed(stream[start:end])
    assert received == messages


def test_an_unfinished_message_is_not_given_out() -> None:
    """What a worker was saying when it died does not count."""
    inbox = Inbox()
    assert inbox.feed(packed(["whole"]) + packed(["half"])[:-1]) == [["whole"]]


def test_the_board_knows_who_is_busy_and_for_too_long() -> None:
    """Each worker's entry is its own; time over the allowance is positive."""
    board = Board(2)
    assert board.busy(0) is None
    board.desk(1).enter(7, int(1e12))
    busy = board.busy(1)
    assert busy is not None
    assert busy.game == 7
    assert busy.overdue < 0
    assert board.busy(0) is None
    board.desk(1).enter(8, 0)
    late = board.busy(1)
    assert late is not None
    assert late.overdue >= 0
    board.desk(1).leave()
    assert board.busy(1) is None


def test_the_board_knows_who_is_silent() -> None:
    """Silence is counted from the last turn, and anew for a new worker."""
    board = Board(1)
    assert board.silent_for(0) > 1
    board.clear(0)
    assert board.silent_for(0) < 1
    board.desk(0).turn()
    assert 0 <= board.silent_for(0) <= time.monotonic()
