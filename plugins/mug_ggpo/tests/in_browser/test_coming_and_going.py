"""Pages that are reloaded or leave for good at any moment: what all record is one game, and it ends."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from peer_pages import LEFT, NOOP, RIGHT, Hunt, Network, Page, Pages, make_spec, native, steps

EPISODES = 3


class Chaser:
    """Goes where the prize is, but for every third decision."""

    def __init__(self) -> None:
        self.decided = 0

    def compute_action(self, env: Any, agent_id: str) -> int:
        self.decided += 1
        place = env.places[env.names.index(agent_id)]
        if self.decided % 3 == 0 or place == env.prize:
            return NOOP
        return RIGHT if place < env.prize else LEFT


class Room:
    """The server of a game, as pages notice it: has the first copy of each record, and knows who is there."""

    def __init__(self, world: Pages) -> None:
        self.world = world
        self.records: list[bytes] = []
        self.gone: set[int] = set()
        self.incarnations = [1] * len(world.pages)

    def take_records(self) -> None:
        """Hear what pages have recorded; what two of them have they have alike."""
        for page in self.world.pages:
            if not page.gone:
                known = len(self.records)
                mine = page.canonical
                assert (
                    mine[:known] == [line[: line.rindex(b',"wall":')] for line in self.records][: len(mine)]
                )
                self.records += page.records[known:]

    def is_over(self) -> bool:
        """Whether a page has played everything: then the game is over for all."""
        self.take_records()
        return bool(self.records) and json.loads(self.records[-1])["kind"] == "game_end"

    def those_there(self) -> list[Page]:
        return [page for page in self.world.pages if not page.gone]

    def loses(self, page: Page, after: float) -> None:
        """The connection to a page is lost, and some time later the others wait for it."""
        page.gone = True
        self.world.run_for(after)
        for other in self.those_there():
            other.game.away(other.now, [page.me])
            other.game.pause(other.now)

    def replaces(self, page: Page) -> None:
        """It does not come back: a policy plays on."""
        self.gone.add(page.me)
        for other in self.those_there():
            self._tell(other)
            other.game.resume(other.now)

    def gets_back(self, page: Page) -> None:
        """It is reloaded, and begins where a page is that has all records; if none has, all begin again."""
        self.take_records()
        others = self.those_there()
        having_all = [other for other in others if len(other.records) == len(self.records)]
        checkpoint = having_all[0].game.checkpoint() if having_all else b""
        beginning = [page] if having_all else [page, *others]
        for one in beginning:
            self.incarnations[one.me] += 1
            self.world.come_back(one.me, list(self.records), checkpoint, self.incarnations[one.me])
        self.world.run(lambda: all(one.game.built for one in self.those_there()))
        for one in self.those_there():
            self._tell(one)
            one.game.resume(one.now)

    def _tell(self, page: Page) -> None:
        for peer in self.gone:
            page.game.take_over(page.now, self.world.seats[peer], ["takeover"])


@pytest.mark.parametrize("seed", range(16))
def test_whenever_pages_come_and_go(seed: int) -> None:
    luck = random.Random(seed)
    players, length = luck.choice((2, 3, 3)), luck.choice((6, 20, 40))
    spec = make_spec(
        lambda: Hunt(players, length),
        players,
        num_episodes=EPISODES,
        reset_freeze_s=luck.choice((0.0, 0.2, 0.6)),
        ggpo_max_rollback_frames=luck.choice((0, 4, 8)),
        ggpo_input_delay_frames=luck.choice((0, 1, 2)),
        multiplayer={"on_leave": "takeover", "takeover_policy": Chaser},
    )
    network = Network(luck.choice((0.005, 0.05, 0.12)), luck.choice((0, 0.004)), luck.choice((0, 0.05, 0.15)))
    starts = {peer: luck.uniform(0, 0.3) for peer in range(players)}
    world = Pages(spec, network, seed=seed, starts=starts)
    room = Room(world)
    moments = sorted(luck.uniform(0.02, EPISODES * (length / 30 + 0.6)) for _ in range(luck.randint(1, 3)))
    begun = world.now
    for moment in moments:
        world.run(lambda moment=moment: room.is_over() or world.now >= begun + moment)
        if room.is_over() or len(room.those_there()) == 1:
            break
        page = luck.choice(room.those_there())
        room.loses(page, luck.choice((0.001, 0.1, 0.3)))
        if room.is_over():
            break
        world.run_for(luck.uniform(0.2, 1.0))
        if luck.random() < 0.3:
            room.replaces(page)
        else:
            room.gets_back(page)
    world.run(room.is_over)
    assert not any("failed" in page.told for page in world.pages)
    played = steps(room.records)
    assert len(played) == EPISODES * length
    kinds = [json.loads(line)["kind"] for line in room.records]
    assert kinds.count("takeover") <= len(room.gone)
    if not room.gone:
        assert played == steps(native(spec, seed, room.records))
