"""How far pages are from each other, as they measure it before they are a group."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mug_ggpo.ice import IceSettings
from mug_ggpo.probe import WebRtcProbe
from mug_ggpo.traffic import Traffic
from mug_ggpo.transport import WebRtcTransport

Said = list[tuple[int, Mapping[str, Any]]]


def probe(size: int) -> tuple[WebRtcProbe, Said]:
    """Return a probe, and what it says to pages."""
    said: Said = []
    return WebRtcProbe(
        size, IceSettings(), Traffic(), lambda place, message: said.append((place, message))
    ), said


def way(peer: int, way: str, rtt: float | None) -> dict[str, Any]:
    """What a page says of its way to another one."""
    return {"type": "way", "peer": peer, "way": way, "rtt": rtt}


def test_every_page_is_told_how_to_reach_the_others() -> None:
    """All of them are there from the beginning."""
    one, said = probe(3)
    offers = [one.offer(place) for place in range(3)]
    assert [offer["me"] for offer in offers] == [0, 1, 2]
    assert all(offer["incarnations"] == [1, 1, 1] for offer in offers)
    assert json.loads(json.dumps(offers)) == offers
    assert said == []


def test_signals_are_passed_on() -> None:
    """As in a game."""
    one, said = probe(2)
    offer = {"type": "offer", "to": 1, "mine": 1, "theirs": 1, "attempt": 1, "sdp": "v=0"}
    assert one.receive(0, offer) == {}
    assert said == [(1, {"type": "offer", "attempt": 1, "sdp": "v=0", "from": 0, "incarnation": 1})]


def test_of_two_figures_the_shorter_counts() -> None:
    """A page that is busy measures too long a time, and none measures too short a one."""
    one, _ = probe(3)
    one.receive(1, way(0, "direct", 80.0))
    assert one.measured() == {(0, 1): 80.0}
    one.receive(0, way(1, "direct", 50.0))
    one.receive(1, way(2, "turn", 120.0))
    assert one.measured() == {(0, 1): 50.0, (1, 2): 120.0}


def test_pages_that_do_not_reach_each_other_have_no_distance() -> None:
    """That they play through the server is known too, until one finds a way."""
    one, _ = probe(2)
    one.receive(0, way(1, "relay", None))
    assert one.measured() == {(0, 1): None}
    one.receive(1, way(0, "direct", 20.0))
    one.receive(0, way(1, "relay", None))
    assert one.measured() == {(0, 1): 20.0}


def test_the_transport_probes() -> None:
    """Without a game being counted."""
    transport = WebRtcTransport()
    one = transport.probe(2, lambda *_: None)
    one.receive(0, way(0, "direct", 1.0))
    assert one.measured() == {}
    assert transport.health()["games"] == 0
    assert transport.health()["dropped"] == 1
