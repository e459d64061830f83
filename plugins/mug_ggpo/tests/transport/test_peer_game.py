"""The server's half of the connections of one game, and what its pages can make it do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mug_ggpo.ice import IceSettings
from mug_ggpo.peer_game import WebRtcGame
from mug_ggpo.traffic import Traffic
from mug_ggpo.transport import WebRtcTransport

from mug.components import AgentId, GameSetup
from mug.configurations.configuration_constants import PolicyTypes
from mug.game.spec import GameSpec
from mug.peers import LONGEST_PACKET, SendPacket
from mug.scenes.gym_scene import GymScene
from mug.testing.envs import Corridor


def spec_for(humans: int, policies: int = 0, **multiplayer: Any) -> GameSpec:
    """Return a scene's game for so many people, and policies before them."""
    mapping: dict[AgentId, object] = {f"bot_{n}": PolicyTypes.Random for n in range(policies)}
    mapping |= {f"player_{n}": PolicyTypes.Human for n in range(humans)}
    scene = (
        GymScene()
        .scene(scene_id="game")
        .environment(env_creator=Corridor)
        .policies(policy_mapping=mapping)
        .rendering(fps=30)
        .gameplay(default_action=1, action_mapping={"ArrowLeft": 0})
        .multiplayer(**multiplayer)
        .runtime(runtime="pyodide")
    )
    return scene.game_spec()


def setup_for(spec: GameSpec, absent: Sequence[AgentId] = (), history: Sequence[bytes] = ()) -> GameSetup:
    """Return a game in which somebody sits in every seat but these."""
    participants = {agent_id: f"person {agent_id}" for agent_id in spec.humans if agent_id not in absent}
    return GameSetup("a game", "game", spec, 1, participants, history=history)


@attrs.define
class Table:
    """One game, and everything that its pages were told and sent."""

    game: WebRtcGame
    traffic: Traffic
    said: list[tuple[AgentId, Mapping[str, Any]]]
    sent: list[tuple[AgentId, bytes]]

    def heard(self) -> list[tuple[AgentId, Mapping[str, Any]]]:
        """Return what was said since the last call."""
        said, self.said[:] = list(self.said), []
        return said


def table(setup: GameSetup, ice: IceSettings | None = None) -> Table:
    """Open a game."""
    said: list[tuple[AgentId, Mapping[str, Any]]] = []
    sent: list[tuple[AgentId, bytes]] = []
    traffic = Traffic()
    send: SendPacket = lambda agent_id, payload: sent.append((agent_id, payload))  # noqa: E731
    game = WebRtcGame(setup, ice or IceSettings(), traffic, lambda a, m: said.append((a, m)), send)
    return Table(game, traffic, said, sent)


def offered(one: Table, *agents: str) -> list[Mapping[str, Any]]:
    """Let these pages begin and be here, and forget what was said about it."""
    offers = [one.game.offer(agent_id) for agent_id in agents]
    for agent_id, offer in zip(agents, offers, strict=True):
        one.game.receive(agent_id, here(offer))
    one.heard()
    return offers


def here(offer: Mapping[str, Any]) -> dict[str, Any]:
    """What a page says as soon as it can connect."""
    return {"type": "here", "mine": offer["incarnations"][offer["me"]]}


def signal(
    kind: str, to: int, mine: int = 1, theirs: int = 1, attempt: int = 1, **more: Any
) -> dict[str, Any]:
    """What a page says to another one."""
    return {"type": kind, "to": to, "mine": mine, "theirs": theirs, "attempt": attempt, **more}


SPEC = spec_for(3)
CANDIDATE = {"candidate": "candidate:1 1 udp 1 10.0.0.1 5000 typ host", "sdpMid": "0", "sdpMLineIndex": 0}


def test_pages_are_numbered_in_the_order_of_the_seats_that_people_fill() -> None:
    """Policies and seats that nobody came for have no page, and so no number."""
    one = table(setup_for(spec_for(3, policies=2), absent=["player_1"]))
    first, second = one.game.offer("player_2"), one.game.offer("player_0")
    assert first["seats"] == second["seats"] == ["player_0", "player_2"]
    assert (first["me"], second["me"]) == (1, 0)
    assert first["session"] == second["session"] < 2**32
    assert json.loads(json.dumps(first)) == first


def test_an_offer_says_how_far_the_game_predicts() -> None:
    """What the session needs of the scene's settings comes with the offer."""
    spec = spec_for(2, ggpo_max_rollback_frames=5, ggpo_input_delay_frames=3)
    offer = table(setup_for(spec)).game.offer("player_0")
    assert (offer["max_rollback_frames"], offer["input_delay_frames"]) == (5, 3)
    assert offer["ice"] == {"iceServers": [], "iceTransportPolicy": "all"}


def test_pages_that_are_here_hear_of_each_other() -> None:
    """A page learns which others are here when it is, and they of it: one that still loads misses nothing."""
    one = table(setup_for(spec_for(3)))
    first, third = one.game.offer("player_0"), one.game.offer("player_2")
    assert one.game.receive("player_0", here(first)) == {"incarnations": [1, 0, 0]}
    assert one.heard() == []
    assert one.game.receive("player_2", here(third)) == {"incarnations": [1, 0, 1]}
    assert one.heard() == [("player_0", {"type": "began", "peer": 2, "incarnation": 1})]
    again = one.game.offer("player_0")
    assert one.heard() == []
    assert one.game.receive("player_0", here(first)) == {}
    assert one.game.receive("player_0", here(again)) == {"incarnations": [2, 0, 1]}
    assert one.heard() == [("player_2", {"type": "began", "peer": 0, "incarnation": 2})]


def test_a_page_whose_connection_was_lost_hears_what_it_missed() -> None:
    """It says again that it is here; the others hear of it once more, and know that it is no other."""
    one = table(setup_for(spec_for(2)))
    first, second = offered(one, "player_0", "player_1")
    one.game.gone("player_0")
    one.game.receive("player_1", here(one.game.offer("player_1")))
    assert one.heard() == []
    assert one.game.receive("player_0", here(first)) == {"incarnations": [1, 2]}
    assert one.game.receive("player_0", here(first)) == {"incarnations": [1, 2]}
    assert one.heard() == [("player_1", {"type": "began", "peer": 0, "incarnation": 1})]
    assert second["incarnations"] == [1, 1]


def test_signals_reach_the_page_that_they_are_for() -> None:
    """Offer, answer, candidates and requests for another offer are passed on with their sender's number."""
    one = table(setup_for(spec_for(3)))
    offered(one, "player_0", "player_1", "player_2")
    assert one.game.receive("player_0", signal("offer", 2, sdp="v=0")) == {}
    assert one.game.receive("player_2", signal("answer", 0, sdp="v=1")) == {}
    assert one.game.receive("player_2", signal("restart", 0)) == {}
    assert one.game.receive("player_0", signal("candidate", 2, candidate=CANDIDATE)) == {}
    about = {"from": 0, "incarnation": 1, "attempt": 1}
    (to, offer), (_, answer), (_, restart), (_, candidate) = one.heard()
    assert (to, offer) == ("player_2", {"type": "offer", "sdp": "v=0", **about})
    assert answer == {"type": "answer", "sdp": "v=1", **about, "from": 2}
    assert restart == {"type": "restart", **about, "from": 2}
    assert candidate == {"type": "candidate", "candidate": {**CANDIDATE, "usernameFragment": None}, **about}


def test_of_a_pair_the_lower_number_offers() -> None:
    """Both cannot offer at once, so that their offers never cross."""
    one = table(setup_for(spec_for(2)))
    offered(one, "player_0", "player_1")
    for sender, to, kind in ((1, 0, "offer"), (0, 1, "answer"), (0, 1, "restart"), (0, 0, "candidate")):
        more = {"sdp": "v=0"} if kind in ("offer", "answer") else {}
        more |= {"candidate": CANDIDATE} if kind == "candidate" else {}
        one.game.receive(f"player_{sender}", signal(kind, to, **more))
    assert one.heard() == []
    assert one.traffic.dropped == 4


@pytest.mark.parametrize(("mine", "theirs"), [(1, 1), (2, 1), (1, 2), (0, 0)])
def test_signals_of_and_for_earlier_pages_reach_nobody(mine: int, theirs: int) -> None:
    """A page that was reloaded gets nothing that was meant for the one before, and the other way round."""
    one = table(setup_for(spec_for(2)))
    offered(one, "player_0", "player_1", "player_0", "player_1")
    one.game.receive("player_0", signal("offer", 1, mine=mine, theirs=theirs, sdp="v=0"))
    assert one.heard() == []
    one.game.receive("player_0", signal("offer", 1, mine=2, theirs=2, sdp="v=0"))
    assert len(one.heard()) == 1


def test_how_often_pages_began_is_known_after_a_restart_of_the_server() -> None:
    """Pages outlive a server; its next process counts on from what the records say."""
    before = table(setup_for(spec_for(2)))
    for agent_id in ("player_0", "player_1", "player_0"):
        before.game.offer(agent_id)
    records = [{"by": "server", "seat": seat, **note} for seat, note in before.game.take_notes()]
    lines = [json.dumps(record, separators=(",", ":")).encode() for record in records]
    forged = [
        b'{"kind":"page_began","seat":"player_0"}',
        b'{"kind":"page_began","seat":"player_1","incarnation":9}',
    ]
    history = [b'{"kind":"step","text":"page_began"}', *forged, *lines]
    after = table(setup_for(spec_for(2), history=history))
    after.game.receive("player_0", signal("offer", 1, mine=2, theirs=1, sdp="v=0"))
    assert [agent_id for agent_id, _ in after.heard()] == ["player_1"]
    assert after.game.offer("player_1")["incarnations"] == [2, 2]


def test_packets_are_relayed_to_one_page_with_their_sender() -> None:
    """The number of the recipient before a packet becomes the number of the sender."""
    one = table(setup_for(spec_for(3)))
    one.game.packet("player_2", b"\x00hello")
    one.game.packet("player_0", b"\x02" + bytes(LONGEST_PACKET))
    assert one.sent == [("player_0", b"\x02hello"), ("player_2", b"\x00" + bytes(LONGEST_PACKET))]
    assert (one.traffic.packets, one.traffic.bytes, one.traffic.dropped) == (2, 6 + 1 + LONGEST_PACKET, 0)


@pytest.mark.parametrize(
    "payload", [b"", b"\x01", b"\x00x", b"\x02x", b"\xffx", b"\x01" + bytes(LONGEST_PACKET + 1)]
)
def test_packets_for_nobody_are_dropped(payload: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Empty ones, too long ones, and those for oneself or for peers that there are not; said once."""
    one = table(setup_for(spec_for(2)))
    one.game.packet("player_0", payload)
    one.game.packet("player_0", payload)
    assert one.sent == []
    assert one.traffic.dropped == 2
    assert len(caplog.records) == 1


def test_a_page_cannot_flood_another_through_the_server() -> None:
    """What comes faster than any game needs is dropped, and does not slow the other pages' packets."""
    one = table(setup_for(spec_for(2)))
    for _ in range(2000):
        one.game.packet("player_0", b"\x01" + bytes(LONGEST_PACKET))
    assert 0 < len(one.sent) < 600
    one.game.packet("player_1", b"\x00x")
    assert one.sent[-1] == ("player_0", b"\x01x")


def test_signals_that_come_too_fast_have_to_come_again() -> None:
    """None tells the page that it has to say it again, later."""
    one = table(setup_for(spec_for(2)))
    offered(one, "player_0", "player_1")
    answers = [one.game.receive("player_0", signal("offer", 1, sdp="v=0")) for _ in range(1500)]
    assert answers[0] == {}
    assert answers[-1] is None
    assert len(one.heard()) == answers.count({})


def test_ways_are_noted_when_they_change() -> None:
    """A game's records say of each page by which way its packets reached each peer, and from when on."""
    one = table(setup_for(spec_for(3)))
    offered(one, "player_0")
    one.game.take_notes()
    for way, rtt in (("relay", None), ("relay", 80), ("direct", 23.456), ("turn", 40)):
        one.game.receive("player_0", {"type": "way", "peer": 2, "way": way, "rtt": rtt})
    about = {"kind": "connection", "peer": "player_2"}
    assert one.game.take_notes() == [
        ("player_0", {**about, "way": "relay", "rtt_ms": None}),
        ("player_0", {**about, "way": "direct", "rtt_ms": 23.5}),
        ("player_0", {**about, "way": "turn", "rtt_ms": 40.0}),
    ]
    assert one.game.take_notes() == []
    assert one.traffic.ways == {"direct": 0, "turn": 1, "relay": 0}
    one.game.offer("player_0")
    assert one.traffic.ways == {"direct": 0, "turn": 0, "relay": 0}
    one.game.receive("player_0", {"type": "way", "peer": 2, "way": "direct", "rtt": 40})
    one.game.close()
    one.game.close()
    assert one.traffic.ways == {"direct": 0, "turn": 0, "relay": 0}
    assert one.traffic.games == 0


def test_a_page_cannot_fill_the_records() -> None:
    """However often its ways change."""
    one = table(setup_for(spec_for(2)))
    one.game.offer("player_0")
    for n in range(900):
        one.game.receive(
            "player_0", {"type": "way", "peer": 1, "way": ("direct", "relay")[n % 2], "rtt": None}
        )
    assert len(one.game.take_notes()) == 500


def test_what_a_turn_server_refuses_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever runs the study reads which server answered with which error, not once for each page."""
    one = table(setup_for(spec_for(2)))
    refused = {"type": "refused", "url": "turn:turn.example.org", "code": 401, "text": "Unauthorized"}
    for agent_id in ("player_0", "player_1"):
        assert one.game.receive(agent_id, refused) == {}
    assert [record.getMessage() for record in caplog.records] == [
        "turn:turn.example.org answers browsers with an error, 401 Unauthorized:"
        " see to the settings of .webrtc()"
    ]


def test_secrets_do_not_reach_pages() -> None:
    """What is shared with a TURN server stays on the server; the page gets what was made of it."""
    ice = IceSettings(enabled=True, turn_urls=("turn:turn.example.org",), turn_secret="the secret")
    offers = offered(table(setup_for(spec_for(2)), ice), "player_0", "player_1")
    assert "the secret" not in json.dumps(offers)
    users = [offer["ice"]["iceServers"][0]["username"] for offer in offers]
    assert len(set(users)) == 2
    assert not any("person" in user for user in users)


texts = st.sampled_from(
    ["type", "to", "mine", "theirs", "attempt", "sdp", "candidate", "peer", "way", "rtt", "url", "code"]
)
kinds = st.sampled_from(["offer", "answer", "candidate", "restart", "way", "began", ""])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 9)
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | kinds,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.text(), inner, max_size=4),
    max_leaves=12,
)
messages = st.dictionaries(texts | st.text(max_size=3), values, max_size=9)
nearly_right = st.builds(
    lambda kind, to, mine, sdp, more: {**signal(kind, to, mine), "sdp": sdp, **more},
    st.sampled_from(["offer", "answer", "candidate", "restart", "way", "refused", "here"]),
    st.integers(-1, 9),
    st.integers(0, 2),
    st.text(max_size=20) | st.text(alphabet="\ud800\udfff\x00é\n v=", max_size=5),
    st.fixed_dictionaries({}, optional={"candidate": values, "sdp": values, "rtt": values, "way": values}),
)


@given(st.lists(st.tuples(st.integers(0, 2), messages | nearly_right), max_size=20))
def test_whatever_a_page_says_harms_nobody(said: list[tuple[int, dict[str, Any]]]) -> None:
    """No message raises; whatever is passed on is JSON that the other page understands."""
    one = table(setup_for(SPEC))
    offered(one, "player_0", "player_1", "player_2")
    for sender, message in said:
        assert one.game.receive(f"player_{sender}", message) in ({}, {"incarnations": [1, 1, 1]})
    for _, passed_on in one.heard():
        assert passed_on["type"] in ("offer", "answer", "candidate", "restart")
        assert passed_on["from"] in (0, 1, 2)
        orjson.dumps(passed_on)
    for _, note in one.game.take_notes():
        orjson.dumps(note)


@given(st.lists(st.tuples(st.integers(0, 2), st.binary(max_size=1300)), max_size=20))
def test_whatever_a_page_sends_harms_nobody(sent: list[tuple[int, bytes]]) -> None:
    """No packet raises; each that is passed on comes from the page that sent it, unchanged."""
    one = table(setup_for(SPEC))
    for sender, payload in sent:
        one.game.packet(f"player_{sender}", payload)
    fitting = [(s, p) for s, p in sent if 2 <= len(p) <= LONGEST_PACKET + 1 and p[0] < 3 and p[0] != s]
    assert one.sent == [(f"player_{p[0]}", bytes((s,)) + p[1:]) for s, p in fitting]


@pytest.mark.parametrize("length", [16_384, 16_385])
def test_descriptions_have_a_longest_length(length: int) -> None:
    """What a browser writes is a few thousand characters."""
    one = table(setup_for(spec_for(2)))
    offered(one, "player_0", "player_1")
    one.game.receive("player_0", signal("offer", 1, sdp="v" * length))
    assert len(one.heard()) == (length == 16_384)


@pytest.mark.parametrize(
    ("humans", "settings", "where"),
    [
        (2, {}, []),
        (8, {"ggpo_input_delay_frames": 15, "ggpo_max_rollback_frames": 60}, []),
        (9, {}, ["scene 'game', .policies(policy_mapping=)"]),
        (1, {}, ["scene 'game', .policies(policy_mapping=)"]),
        (2, {"ggpo_input_delay_frames": 16}, ["scene 'game', .multiplayer(ggpo_input_delay_frames=)"]),
        (2, {"on_disconnect": "play_on"}, ["scene 'game', .multiplayer(on_disconnect=)"]),
    ],
)
def test_what_cannot_be_played_peer_to_peer_is_a_problem(
    humans: int, settings: dict[str, int], where: list[str]
) -> None:
    """From two to eight people, whose keys act soon enough; a problem says what would be right."""
    problems = list(WebRtcTransport().check(spec_for(humans, **settings)))
    assert [problem.where for problem in problems] == where
    assert all(problem.fix for problem in problems)


def test_the_transport_tells_what_passes_through_the_server() -> None:
    """Over all of its games, without anything personal."""
    transport = WebRtcTransport()
    first, second = (transport.connect(setup_for(SPEC), lambda *_: None, lambda *_: None) for _ in range(2))
    first.packet("player_0", b"\x01xyz")
    second.receive("player_0", {"type": "way", "peer": 1, "way": "turn", "rtt": 3.0})
    second.close()
    assert transport.health() == {
        "games": 1,
        "signals": 0,
        "relayed_packets": 1,
        "relayed_bytes": 4,
        "dropped": 0,
        "ways": {"direct": 0, "turn": 0, "relay": 0},
    }


SEATS = st.sampled_from(["player_0", "player_1", "player_2"])
PEERS, PAGES = st.integers(0, 2), st.integers(0, 3)
HAPPENINGS = st.one_of(
    st.tuples(st.just("offer"), SEATS),
    st.tuples(st.just("gone"), SEATS),
    st.tuples(st.just("here"), SEATS, PAGES),
    st.tuples(st.just("way"), SEATS, PEERS, st.sampled_from(["direct", "turn", "relay"])),
    st.tuples(st.just("signal"), SEATS, PEERS, PAGES, PAGES),
)


@given(st.lists(HAPPENINGS, max_size=60))
def test_whatever_happens_to_pages_signals_go_from_and_to_those_there_are(happened: list[Any]) -> None:
    """Pages may come, go and speak in any order: nothing passes between others than the newest."""
    one = table(setup_for(SPEC))
    began = {"player_0": 0, "player_1": 0, "player_2": 0}
    for what, seat, *more in happened:
        match what, more:
            case "offer", _:
                began[seat] += 1
                assert one.game.offer(seat)["incarnations"] == list(began.values())
            case "gone", _:
                one.game.gone(seat)
            case "here", (mine,):
                one.game.receive(seat, {"type": "here", "mine": mine})
            case "way", (peer, way):
                one.game.receive(seat, {"type": "way", "peer": peer, "way": way, "rtt": 1.0})
            case "signal", (to, mine, theirs):
                candidate = signal("candidate", to, mine, theirs, candidate=CANDIDATE)
                before = len(one.said)
                one.game.receive(seat, candidate)
                newest = seat != f"player_{to}" and (mine, theirs) == (began[seat], began[f"player_{to}"])
                assert len(one.said) - before == newest
        assert all(count >= 0 for count in one.traffic.ways.values())
        assert sum(one.traffic.ways.values()) <= 6
    for told, message in one.said:
        assert message["type"] != "began" or told != f"player_{message['peer']}"
    one.game.close()
    assert one.traffic.ways == {"direct": 0, "turn": 0, "relay": 0}
