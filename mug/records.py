"""How records are written and found again, for runtimes that write them and programs that read them.

A record is a JSON object on one line, with ``kind`` and ``wall`` (unix time in milliseconds). Readers pass
over kinds and fields that they do not know. `mug.core.records.events` says how values become JSON.

A record of a game with ``seat``, ``episode``, ``steps`` and ``columns`` holds measurements of steps, which
become columns of them: see `mug.core.records.measurements`. Kinds that mug does not know become notes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs

from mug.core.records.events import MalformedRecord, decode, encode
from mug.core.records.index import Index
from mug.core.records.names import JOURNAL
from mug.core.records.reader import JournalReader
from mug.core.records.steps import game_stream
from mug.errors import MugError

__all__ = ["MalformedRecord", "StoredGame", "decode", "encode", "stored_games"]


@attrs.frozen
class StoredGame:
    """A game in an experiment's data. ``seed`` is None where the records do not say it."""

    game_id: str
    scene_id: str
    seed: int | None
    _reader: JournalReader

    def lines(self) -> list[bytes]:
        """Return its records, in order."""
        return self._reader.read(game_stream(self.game_id))


def stored_games(folder: Path) -> Iterator[StoredGame]:
    """Yield the games in an experiment's data folder, or in its journal, in the order of their creation.

    A server may be writing there.

    Raises:
        MugError: there are no records.
    """
    journals = [journal for journal in (folder / JOURNAL, folder) if (journal / "events.jsonl").is_file()]
    if not journals:
        raise MugError(
            "there are no records here",
            str(folder),
            "give the data folder of an experiment: --data-dir FOLDER",
        )
    reader = JournalReader(journals[0])
    index = Index()
    index.advance(reader)
    for facts in index.games.values():
        seed = facts.seed if isinstance(facts.seed, int) else None
        yield StoredGame(facts.game_id, facts.scene_id, seed, reader)
