"""A plugin that keeps records in memory, for trying an experiment out, and counts them by kind."""

from collections import Counter

import mug


class MemoryStore(mug.Store):
    """Keeps every record until the server stops, and loses all of them then."""

    def __init__(self):
        self.streams = {}

    def append(self, stream, lines):
        self.streams.setdefault(stream, []).extend(lines)

    def read(self, stream):
        return list(self.streams.get(stream, []))


class Rehearsal:
    def __init__(self):
        self.kinds = Counter()

    @mug.hookimpl
    def mug_store(self, experiment):
        return MemoryStore()

    @mug.hookimpl
    def mug_record(self, record):
        self.kinds[record["kind"]] += 1


plugin = Rehearsal()
