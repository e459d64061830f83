"""A plugin that registers one thing of each kind. A package would keep each in a module of its own."""

import functools

import mug
from mug.components import Channel, Connection, GameHandle, GameLink, GameSetup


class Pairs(mug.Matchmaker):
    """Groups the newest arrivals first."""

    def propose(self, waiting, size, now):
        newest_first = list(reversed(waiting))
        while len(newest_first) >= size:
            yield newest_first[:size]
            newest_first = newest_first[size:]


class Still(mug.Policy):
    """Always does the first thing there is to do."""

    def act(self, observation, context):
        return 0


class Elsewhere(mug.Runtime):
    """Steps environments on another machine."""

    name = "elsewhere"

    def open(self, setup: GameSetup, link: GameLink) -> GameHandle:
        raise mug.MugError("the other machine is not there", "runtime 'elsewhere'")


class Pigeon(mug.Transport):
    """Carries frames on the control connection, one at a time."""

    name = "pigeon"

    def open(self, connection: Connection, receive, drained) -> Channel:
        return PigeonChannel(connection)


class PigeonChannel:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def send(self, payload: bytes) -> bool:
        self.connection.emit("frame", payload)
        return True

    def close(self) -> None:
        pass


class FileList(mug.Exporter):
    """Writes the names of the data files."""

    def export(self, data_dir, target):
        names = sorted(str(path.relative_to(data_dir)) for path in data_dir.rglob("*") if path.is_file())
        listing = target / "files.txt"
        listing.write_text("\n".join(names))
        yield listing


@functools.cache
def poster():
    """Make the class when it is first wanted: scenes load more than an installed plugin should."""
    from mug.scenes.static_scene import StaticScene

    class Poster(StaticScene):
        """A page to look at."""

        kind = "poster"

    return Poster


@mug.hookimpl
def mug_scenes():
    return {"poster": poster()}


@mug.hookimpl
def mug_runtimes():
    return {"elsewhere": Elsewhere}


@mug.hookimpl
def mug_transports():
    return {"pigeon": Pigeon}


@mug.hookimpl
def mug_matchmakers():
    return {"newest-first": Pairs}


@mug.hookimpl
def mug_policies():
    return {"still": Still}


@mug.hookimpl
def mug_exporters():
    return {"file-list": FileList}
