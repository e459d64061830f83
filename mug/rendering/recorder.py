"""Keeps a surface's commands from call to call and from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Self, TypeAlias

from mug.rendering.assets import AssetRegistry
from mug.rendering.errors import SurfaceError, shown
from mug.rendering.packet import LOWEST_ORDER, TYPE_NAMES, Command, RenderPacket
from mug.rendering.shapes import Call, frozen, props_of

Entry: TypeAlias = tuple[Call, Command]

_KEYS_KEPT: Final = 4096


class Recorder:
    """The memory of a surface: what is kept, what this frame drew, which key means what.

    An entry is a call's arguments with the command they gave. A call like the one before in the same
    place finds its entry and costs one comparison.
    """

    def __init__(self, width: int | float, height: int | float) -> None:
        self.width = width
        self.height = height
        self._registry = AssetRegistry()
        self._keys: dict[tuple[str, Any], int] = {}
        self._keys_limit = _KEYS_KEPT
        self._next_key = 1
        self._kept: dict[Any, Entry] = {}
        self._kept_changed = True
        self._kept_copy: dict[Any, Entry] | None = None
        self._next_order = LOWEST_ORDER + 1
        self._frame: list[Command] = []
        self._slot = 0
        self._order = 0
        self._drawn: dict[Any, int] = {}
        # what slots and ids drew before: an unchanged call finds its command here
        self._slots: list[Entry] = []
        self._named: dict[Any, Entry] = {}
        self._packet: RenderPacket | None = None

    def remove(self, id: str | int) -> None:
        """Stop drawing what has this id. Nothing happens when nothing has it."""
        if self._kept.pop(id, None) is not None:
            self._touch_kept()
        index = self._drawn.pop(id, None)
        if index is not None:
            self._frame.pop(index)
            self._drawn = {known: at - (at > index) for known, at in self._drawn.items()}

    def reset(self) -> None:
        """Take everything off the surface. Registered images stay."""
        self._kept.clear()
        self._touch_kept()
        self._next_order = LOWEST_ORDER + 1
        self._begin_frame()

    def commit(self) -> RenderPacket:
        """Finish the frame: everything persistent, and what was drawn since the last commit.

        The packet is complete and never changes. The same picture as last time is the same packet.
        """
        last = self._packet
        frame = self._frame
        kept: Sequence[Command]
        if self._kept_changed or last is None:
            kept = [entry[1] for entry in self._kept.values()]
            if last is not None and last.kept == kept:
                kept = last.kept
            self._kept_changed = False
        else:
            kept = last.kept
        if (
            last is None
            or kept is not last.kept
            or frame != last.passing
            or last.assets is not self._registry.listing
        ):
            last = RenderPacket(self.width, self.height, kept, frame, self._registry.listing)
            self._packet = last
        self._begin_frame()
        return last

    def save(self) -> tuple[Any, ...]:
        """What is on the surface now, as a value that later drawing does not change."""
        if self._kept_copy is None:
            self._kept_copy = dict(self._kept)
        return (
            self._kept_copy,
            self._next_order,
            tuple(self._frame),
            self._slot,
            self._order,
            dict(self._drawn),
        )

    def load(self, saved: tuple[Any, ...]) -> None:
        """Put back what ``save()`` gave; as often as wanted."""
        kept, self._next_order, frame, self._slot, self._order, drawn = saved
        if kept is not self._kept_copy:
            self._kept = dict(kept)
            self._kept_copy = kept
            self._kept_changed = True
        self._frame = list(frame)
        self._drawn = dict(drawn)

    def __copy__(self) -> Self:
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        for name in ("_keys", "_kept", "_frame", "_drawn", "_slots", "_named"):
            twin.__dict__[name] = self.__dict__[name].copy()
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.__copy__()

    def _draw(self, call: Call, id: Any, persistent: bool) -> None:
        """Put one call into the frame; the commonest case, nothing changed, must cost least."""
        if persistent:
            try:
                entry = self._kept.get(id)
            except TypeError:
                _check_id(id, call[0])
                raise
            if entry is None or not _same(entry[0], call):
                self._keep(call, id, entry)
            return
        if id is not None:
            self._draw_named(call, id)
            return
        order, slot = self._order, self._slot
        if slot < len(self._slots):
            entry = self._slots[slot]
            if entry[1][1] != order or not _same(entry[0], call):
                entry = self._slots[slot] = self._entry(call, ("slot", slot), order, entry)
        else:
            entry = self._entry(call, ("slot", slot), order, None)
            self._slots.append(entry)
        self._order = order + 1
        self._slot = slot + 1
        self._frame.append(entry[1])

    def _draw_named(self, call: Call, id: Any) -> None:
        _check_id(id, call[0])
        if self._kept.pop(id, None) is not None:
            self._touch_kept()
        index = self._drawn.get(id)
        order = self._order if index is None else self._frame[index][1]
        entry = self._named.get(id)
        if entry is None or entry[1][1] != order or not _same(entry[0], call):
            entry = self._named[id] = self._entry(call, ("named", id), order, entry)
        if index is None:
            self._drawn[id] = len(self._frame)
            self._order = order + 1
            self._frame.append(entry[1])
        else:
            self._frame[index] = entry[1]

    def _keep(self, call: Call, id: Any, before: Entry | None) -> None:
        if before is None:
            if id is None:
                method = f"surface.{TYPE_NAMES[call[0]]}()"
                raise SurfaceError("persistent=True needs an id", method, "id='a name of its own'")
            _check_id(id, call[0])
            order = self._next_order
            entry = self._entry(call, ("kept", id), order, None)
            self.remove(id)
            self._next_order = order + 1
        else:
            entry = self._entry(call, ("kept", id), before[1][1], before)
            if entry[1] is before[1]:
                self._kept[id] = entry
                return
        self._kept[id] = entry
        self._touch_kept()

    def _entry(self, call: Call, name: tuple[str, Any], order: int, before: Entry | None) -> Entry:
        props = props_of(call, self.width, self.height)
        if before is None:
            return frozen(call), (self._key(name), order, call[0], props)
        command = before[1]
        if command[1] != order or command[2] != call[0] or command[3] != props:
            command = (command[0], order, call[0], props)
        return frozen(call), command

    def _key(self, name: tuple[str, Any]) -> int:
        key = self._keys.get(name)
        if key is None:
            if len(self._keys) >= self._keys_limit:
                self._forget_keys()
            key = self._keys[name] = self._next_key
            self._next_key += 1
        return key

    def _forget_keys(self) -> None:
        """Drop the keys of ids that are not on screen; an environment may invent new ids for ever."""
        shown = {command[0] for command in self._packet.passing} if self._packet else set()
        self._named = {
            id: entry for id, entry in self._named.items() if entry[1][0] in shown or id in self._drawn
        }
        used = {("kept", id) for id in self._kept}
        used.update(("named", id) for id in self._named)
        used.update(("slot", slot) for slot in range(len(self._slots)))
        self._keys = {name: key for name, key in self._keys.items() if name in used}
        self._keys_limit = _KEYS_KEPT + 2 * len(self._keys)

    def _touch_kept(self) -> None:
        self._kept_changed = True
        self._kept_copy = None

    def _begin_frame(self) -> None:
        self._frame = []
        self._slot = self._order = 0
        if self._drawn:
            self._drawn = {}


def _same(before: Call, call: Call) -> bool:
    try:
        return before == call
    except ValueError:  # an array in it, whose comparison is an array
        return False


def _check_id(id: object, kind: int) -> None:
    if not isinstance(id, (str, int)):
        raise SurfaceError(f"must be a text or a number, got {shown(id)}", f"surface.{TYPE_NAMES[kind]}(id=)")
