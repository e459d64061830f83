"""How the fluent builders take their settings: checked, never raising, every mistake kept for one report.

A builder method is declared twice, once for Python and its readers (a signature with types) and once as data
(a `Settings` table with what each setting accepts, its default and its meaning). The table checks the values,
and documentation is made from it. The two are compared when the class is created.
"""

from __future__ import annotations

import enum
import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol, TypeVar

import attrs

from mug.errors import MugError, Problem, did_you_mean


class NotGiven(enum.Enum):
    """The type of `NOT_GIVEN`."""

    NOT_GIVEN = "not given"

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGiven.NOT_GIVEN
"""The default of every builder parameter: leave this setting as it is."""


class WrongValue(Exception):  # noqa: N818 - it names the value, not a failure of ours
    """A value does not fit its setting.

    Args:
        what: the sentence to show; empty for the usual "must be …, got …".
        suggestion: a value that would be right, to be shown as "write name=…".
        fix: what to do, when there is no single value to suggest.
    """

    def __init__(self, what: str = "", *, suggestion: object = NOT_GIVEN, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.suggestion = suggestion
        self.fix = fix

    def as_problem(self, where: str, name: str, kind: Kind, value: object) -> Problem:
        """Return the problem of a value given for a name."""
        what = self.what or f"{name} must be {kind.expects}, got {shown(value)}"
        fix = self.fix if self.suggestion is NOT_GIVEN else f"write {name}={self.suggestion!r}"
        return Problem(where, what, fix)


class Kind(Protocol):
    """What a setting accepts."""

    @property
    def expects(self) -> str:
        """A phrase that follows "must be": ``"a whole number from 1 to 120"``."""

    def read(self, value: object) -> object:
        """Return the value as it will be used.

        Raises:
            WrongValue: it does not fit.
        """


@attrs.frozen
class Setting:
    """One parameter of a builder method.

    Attributes:
        name: the parameter's name.
        kind: what it accepts.
        doc: what it does, with its unit, as a sentence for the documentation.
        default: what is used when it is never given.
    """

    name: str
    kind: Kind
    doc: str
    default: object = None


@attrs.frozen
class Fault:
    """A setting that was given something wrong; it becomes a `Problem` when its scene's id is known."""

    method: str
    setting: str
    what: str
    fix: str


Method = TypeVar("Method", bound=Callable[..., Any])


class Settings:
    """The settings of one builder method.

    Args:
        method: the method's name.
        settings: its parameters, in order.
        hints: sentences for parameters that other tools have and this one has not, by name.
    """

    def __init__(self, method: str, *settings: Setting, hints: Mapping[str, str] | None = None) -> None:
        self.method = method
        self._settings = {setting.name: setting for setting in settings}
        self.hints: Mapping[str, str] = hints or {}

    def __iter__(self) -> Iterator[Setting]:
        return iter(self._settings.values())

    def get(self, name: str) -> Setting | None:
        """Return the setting of this name, None when there is none."""
        return self._settings.get(name)

    def implements(self, function: Method) -> Method:
        """Make a method take these settings; its body runs afterwards, with the settings as given.

        A method with ``*names`` has that one setting, and each call adds to it.

        Raises:
            TypeError: the method's name or parameters are not those of the table.
        """
        listing = self._compare(function)

        @functools.wraps(function)
        def take(builder: Builder, /, *positional: object, **given: object) -> Any:
            file = sys._getframe(1).f_globals.get("__file__")
            folder = Path(file).parent if file else None
            if listing:
                positional += (given.pop(listing),) if listing in given else ()
                given[listing] = (*builder.setting(listing), *positional)
                builder._take(self, (), given, folder)
                return function(builder, *positional)
            builder._take(self, positional, given, folder)
            return function(builder, **{name: value for name, value in given.items() if self.get(name)})

        setattr(take, _TABLE, self)
        return take  # type: ignore[return-value]

    def _compare(self, function: Callable[..., Any]) -> str:
        """Return the name of a ``*names`` parameter, empty when there is none."""
        parameters = inspect.signature(function).parameters.values()
        named = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is NOT_GIVEN]
        listed = [p.name for p in parameters if p.kind is p.VAR_POSITIONAL]
        named += listed
        if function.__name__ != self.method or named != list(self._settings):
            raise TypeError(
                f"{function.__qualname__}({', '.join(named)}) does not match its table"
                f" {self.method}({', '.join(self._settings)})"
            )
        return "".join(listed)


_TABLE = "__settings_table__"


class NoSuchMethod(MugError, AttributeError):  # noqa: N818 - it names the method, not a failure of ours
    """A script calls a builder's method that there is not."""


class Builder:
    """An object whose methods take settings, collect everything that is wrong, and return the object itself.

    Subclasses decorate their methods with `Settings.implements`; names of settings are unique in a class.
    """

    #: Every setting of the class by name, with the method that takes it.
    known_settings: ClassVar[Mapping[str, tuple[Settings, Setting]]] = {}
    #: What to write instead of methods that other tools have and this class has not, by name.
    method_hints: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        self._values: dict[str, object] = {}
        self._faults: dict[str, Fault] = {}
        self._frozen = False

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        known: dict[str, tuple[Settings, Setting]] = {}
        for table in settings_of(cls):
            for setting in table:
                if setting.name in known:
                    raise TypeError(f"{cls.__name__} has two settings named {setting.name!r}")
                known[setting.name] = (table, setting)
        cls.known_settings = known

    def __getattr__(self, name: str) -> Any:
        """Refuse a method that there is not, with the name of one that was perhaps meant.

        Raises:
            NoSuchMethod: always.
        """
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        methods = [table.method for table in settings_of(type(self))]
        close = did_you_mean(name, methods) or f"the methods are {', '.join(f'.{m}()' for m in methods)}"
        raise NoSuchMethod(
            f"{type(self).__name__} has no method .{name}()", self.label(), self.method_hints.get(name, close)
        )

    def label(self) -> str:
        """Return how problems name this object: ``"scene 'game'"``."""
        return type(self).__name__

    def setting(self, name: str) -> Any:
        """Return a setting's value: the last one given that was right, or its default."""
        return self._values[name] if name in self._values else self.known_settings[name][1].default

    def given(self, name: str) -> bool:
        """Whether a setting was given a value, right or wrong."""
        return name in self._values or name in self._faults

    def wrong(self, name: str) -> bool:
        """Whether a setting was given a wrong value, so that nothing can be concluded from it."""
        return name in self._faults

    def problems(self) -> list[Problem]:
        """Return everything that is wrong, in the order in which it was written."""
        return [
            self.problem(fault.method, fault.setting, fault.what, fault.fix)
            for fault in self._faults.values()
        ]

    def problem(self, method: str, setting: str, what: str, fix: str = "") -> Problem:
        """Return a problem with one of this object's settings."""
        return Problem(f"{self.label()}, .{method}({setting}=)", what, fix)

    def freeze(self) -> None:
        """Refuse further changes: from now on builder methods raise `MugError`."""
        self._frozen = True

    def _refuse_when_frozen(self, method: str) -> None:
        if self._frozen:
            raise MugError(
                f".{method}() was called after the experiment had started",
                self.label(),
                "finish configuring before app.run(config)",
            )

    def _take(
        self,
        table: Settings,
        positional: tuple[object, ...],
        given: Mapping[str, object],
        folder: Path | None,
    ) -> None:
        self._refuse_when_frozen(table.method)
        for index, value in enumerate(positional):
            self._fault_positional(table, index, value)
        for name, value in given.items():
            if value is NOT_GIVEN:
                continue
            setting = table.get(name)
            if setting is None:
                self._fault_unknown(table, name)
            else:
                self._give(table, setting, value, folder)

    def _give(self, table: Settings, setting: Setting, value: object, folder: Path | None) -> None:
        self._values.pop(setting.name, None)
        self._faults.pop(setting.name, None)
        try:
            self._values[setting.name] = _read(setting.kind, value, folder)
        except WrongValue as wrong:
            problem = wrong.as_problem("", setting.name, setting.kind, value)
            self._faults[setting.name] = Fault(table.method, setting.name, problem.what, problem.fix)

    def _fault_positional(self, table: Settings, index: int, value: object) -> None:
        names = [setting.name for setting in table]
        fix = f"write .{table.method}({names[index]}={shown(value)})" if index < len(names) else ""
        key = f"{table.method}[{index}]"
        what = f".{table.method}() takes its settings by name, got {shown(value)} without a name"
        self._faults[key] = Fault(table.method, names[min(index, len(names) - 1)], what, fix)

    def _fault_unknown(self, table: Settings, name: str) -> None:
        elsewhere = self.known_settings.get(name)
        if name in table.hints:
            fix = table.hints[name]
        elif elsewhere is not None:
            fix = f"it belongs to another method: write .{elsewhere[0].method}({name}=…)"
        else:
            fix = did_you_mean(name, [setting.name for setting in table]) or did_you_mean(
                name, self.known_settings
            )
        what = f".{table.method}() has no setting '{name}'"
        self._faults[f"{table.method}({name})"] = Fault(table.method, name, what, fix)


class NeedsFolder:
    """A kind that looks for files: relative paths start where Python was started, else beside the script."""

    def read(self, value: object) -> object:
        """Look where Python was started."""
        return self.read_in(value, None)

    def read_in(self, value: object, folder: Path | None) -> object:
        """Like `Kind.read`; ``folder`` is where the script that gives the setting lies, if it is a file."""
        raise NotImplementedError


def settings_of(cls: type) -> list[Settings]:
    """Return the tables of a builder class, base classes' methods first."""
    tables: dict[str, Settings] = {}
    for base in reversed(cls.__mro__):
        for name, function in vars(base).items():
            table = getattr(function, _TABLE, None)
            if isinstance(table, Settings):
                tables[name] = table
    return list(tables.values())


def settings_table(classes: Iterable[type]) -> str:
    """Return the reference of all settings of builder classes as Markdown."""
    lines: list[str] = []
    for cls in classes:
        lines += [f"## {cls.__name__}", ""]
        for table in settings_of(cls):
            lines += [
                f"### .{table.method}()",
                "",
                "| setting | accepts | default | meaning |",
                "|---|---|---|---|",
            ]
            lines += [
                f"| `{s.name}` | {s.kind.expects} | {_default(s.default)} | {s.doc} |".replace("\n", " ")
                for s in table
            ]
            lines.append("")
    return "\n".join(lines)


def shown(value: object, limit: int = 60) -> str:
    """Return a value as a script would write it, shortened, whatever its ``__repr__`` does."""
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _read(kind: Kind, value: object, folder: Path | None) -> object:
    try:
        return kind.read_in(value, folder) if isinstance(kind, NeedsFolder) else kind.read(value)
    except WrongValue:
        raise
    except Exception:
        # what a script passes may raise at whatever is asked of it: then it is not what was expected
        raise WrongValue from None


def _default(value: object) -> str:
    return "none" if value is None else f"`{shown(value)}`"
