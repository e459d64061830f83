"""What counts as an episode that was played."""

from mug.core.records.events import encode
from mug.core.rounds import whole_episodes


def test_only_ends_that_nobody_cut_short_count() -> None:
    """Records of other kinds, and what players write into them, do not."""
    records = [
        {"kind": "step", "infos": {"player": '"episode_end"'}},
        {"kind": "episode_end", "reason": "terminated"},
        {"kind": "episode_end", "reason": "max_steps"},
        {"kind": "episode_end", "reason": "player_left"},
        {"kind": "step", "note": "episode_end", "reason": "terminated"},
        {"kind": "episode_end", "reason": "truncated"},
    ]
    assert whole_episodes(encode(record) for record in records) == 3
    assert whole_episodes([]) == 0
