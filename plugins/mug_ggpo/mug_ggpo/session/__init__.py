"""The rollback session: pure Python without I/O, clock or threads, shipped to browsers as it is.

A :class:`Session` is one peer's side of a game. Its owner has the environment, the clock and the network::

    session = Session(Config(owners=(0, 1), local=0, peers=2, fps=30, session_id=7, digest=b"what is equal"))

    at every packet:     session.receive(peer, packet, now)
    at every due tick:   session.set_input(seat, data)          for the seats that this peer owns
                         requests = session.tick(now)           carried out at once, in this order
                         the next one is due after period * session.period_factor
    else, every 50 ms:   session.poll(now)                      also while the game is paused
    after each of these: send what session.take_packets() has, look at session.take_events()

Packets are complete as soon as ``tick`` returns: send them before carrying out its requests.

``now`` is seconds on any clock that does not jump back. Inputs are opaque ``bytes`` (0 to 255 long, ``b""``
is no input). The input set before the tick that simulates frame f is used in frame f + ``input_delay``, on
every peer; until then it counts as ``b""``. A tick in which the session stalls uses no input (but for
lockstep without a delay): ``session.frame`` has not moved.

**Requests.** ``Save(frame, wants_checksum)``: keep the state before ``frame`` is simulated. ``Load(frame)``:
go back to it. ``Advance(frame, inputs, statuses, final)``: simulate ``frame``; statuses are per seat
``CONFIRMED``, ``PREDICTED`` or ``DISCONNECTED`` (the latter with ``b""``; only *disconnected* may make a
difference to the environment). ``Confirm(frame, inputs, statuses, predicted, depth)``: exactly once per frame
and in order, this is what happened; ``predicted`` are the seats whose inputs were guessed when the frame was
first simulated, ``depth`` is the length of the last rollback that simulated it again (0: none). An Advance
that is final is followed by its Confirm. States that may be loaded again are those from
``session.oldest_needed`` on; older ones can be forgotten. A frame whose inputs are all known is not saved
unless a checksum is wanted of it.

**Saving.** ``"every"``: each predicted frame is saved, and a frame that was predicted rightly is confirmed
alone, later. ``"sparse"``: only the first frame that is not confirmed is saved, and rollbacks go back to it;
frames are confirmed in batches of up to the prediction window. ``"resimulate"``: the same, but as soon as
possible. In these two a Confirm always follows its final Advance, so that each frame is advanced for good
once. A prediction window of 0 is lockstep: all Advances are final and nothing is saved, but for checksums
(``checksum_interval=0`` turns these off).

**Checksums.** When ``Save.wants_checksum``, the owner calls ``session.checksum(frame, value)`` (32 bits) with
the checksum of the state that it saved, each time. The session exchanges those of confirmed states only. The
owner may also report the state in which an episode ended.

**The end of an episode.** When an Advance of frame f ended the episode, the owner calls ``session.hold(f)``
and ignores the rest of that list of requests that concerns later frames. Nothing past f is simulated until f
is simulated again (the owner then says again whether it ended there) or ``begin_epoch`` is called. The
episode is over when f is confirmed. ``begin_epoch(number, now)`` begins the next one (``number`` is one more
than the last), at frame 0, with a barrier: ``Started`` says when everybody was there, and ticks return
nothing before. What others still miss of the old epoch they get.

**Coming and going.** ``Interrupted`` and ``Resumed`` say that a peer is silent, and heard again.
``session.drop(peer)``, or ``disconnect_timeout``, removes it: the survivors agree on the last frame with its
inputs (all that any survivor has; they pass them on, so that what anybody confirmed stays true),
``Dropped(peer, frame, epoch)`` names the first frame without. One who was dropped learns it by ``Excluded``;
what it confirmed from that frame on does not count. With ``session.suspend(peer)`` a peer is waited for. If
its page was reloaded, one agreed peer makes ``session.checkpoint()``; the owner sends
``Checkpoint.to_bytes()`` and the engine's snapshot of the state before ``Checkpoint.frame`` (which is saved,
or the present state if it equals ``session.frame``). The returning peer loads that snapshot and starts a
session with ``Config(resumed=Checkpoint.from_bytes(…), incarnation=one more, …)``; its first request is for
that frame. The others give it back those of its own inputs that they have; ``Restored`` says when it plays
on. A desync is repaired in the same way: the peer that is not the authority stops, gets a checkpoint and
starts a session of its next incarnation.

**Pacing.** The owner multiplies its period by ``session.period_factor``: 0.97 to 1.06 to stay level with the
others, and more (up to 2) when somebody's device cannot keep the rate, so that all slow down together.

**Others.** :class:`SpectatorSession` follows one peer's confirmed inputs (that peer calls ``add_spectator``).
:class:`SyncTestSession` rolls back and simulates again every frame, with the same requests, and names the
frame in which the environment came out differently.
"""

from mug_ggpo.session.checkpoint import Checkpoint
from mug_ggpo.session.config import Config, Predict, neutral, repeat_last
from mug_ggpo.session.events import (
    Connected,
    Desync,
    Dropped,
    Event,
    Excluded,
    Interrupted,
    Misbehaved,
    Refused,
    Restored,
    Resumed,
    Returned,
    Started,
    SyncTestFailed,
)
from mug_ggpo.session.requests import (
    CONFIRMED,
    DISCONNECTED,
    PREDICTED,
    Advance,
    Confirm,
    Load,
    Request,
    Save,
)
from mug_ggpo.session.session import Session
from mug_ggpo.session.spectating import SpectatorSession
from mug_ggpo.session.stats import PeerStats, SessionStats
from mug_ggpo.session.sync_test import SyncTestSession

__all__ = [
    "CONFIRMED",
    "DISCONNECTED",
    "PREDICTED",
    "Advance",
    "Checkpoint",
    "Config",
    "Confirm",
    "Connected",
    "Desync",
    "Dropped",
    "Event",
    "Excluded",
    "Interrupted",
    "Load",
    "Misbehaved",
    "PeerStats",
    "Predict",
    "Refused",
    "Request",
    "Restored",
    "Resumed",
    "Returned",
    "Save",
    "Session",
    "SessionStats",
    "SpectatorSession",
    "Started",
    "SyncTestFailed",
    "SyncTestSession",
    "neutral",
    "repeat_last",
]
