"""What the parts of a session share."""

from __future__ import annotations

from mug_ggpo.session.checksums import Checksums
from mug_ggpo.session.config import Config
from mug_ggpo.session.epoch import Epoch
from mug_ggpo.session.events import Desync, Event, Excluded
from mug_ggpo.session.group import Group
from mug_ggpo.session.stats import SessionStats


class State:
    """The peers, the inputs of this and of the last epoch, and what the owner is to be told."""

    __slots__ = ("checksums", "current", "events", "group", "over", "previous", "restoring", "stats")

    def __init__(self, config: Config) -> None:
        resumed = config.resumed
        self.group = Group(config.local, config.peers)
        self.previous: Epoch | None = None
        if resumed is None:
            self.current = Epoch.beginning(0, config, 0)
        else:
            self.current = Epoch.resumed(resumed, config.local)
            self.group.dropped = resumed.gone()
        self.restoring = resumed is not None
        """Whether this peer has returned, and has not got all of its inputs back."""
        self.over = False
        self.checksums = Checksums(config.peers)
        self.stats = SessionStats()
        self.events: list[Event] = []

    @property
    def started(self) -> bool:
        """Whether frames are simulated: everybody is there, in this epoch."""
        return self.current.started and not self.restoring and not self.over

    def exclude(self, by: int) -> None:
        """The others go on without this peer."""
        if not self.over:
            self.over = True
            self.events.append(Excluded(by))

    def differ(self, peer: int, epoch: int, frame: int, ours: int, theirs: int) -> None:
        """A checksum of another peer is not the same."""
        link = self.group.links[peer]
        if not link.desynced and not self.group.has_left(peer):
            link.desynced = True
            self.events.append(Desync(frame, peer, ours, theirs, epoch))

    def take_events(self) -> list[Event]:
        """What happened since the last call."""
        events, self.events = self.events, []
        return events
