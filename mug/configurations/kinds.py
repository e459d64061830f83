"""What settings accept: numbers in a range, texts, names, files, functions and so on."""

from __future__ import annotations

import inspect
import math
import numbers
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from mug.configurations.settings import Kind, NeedsFolder, WrongValue, shown
from mug.errors import did_you_mean

SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_RESERVED_NAMES = {"con", "prn", "aux", "nul"}


@attrs.frozen
class Whole:
    """A whole number in a range; ``highest`` None means no upper end."""

    lowest: int
    highest: int | None = None

    @property
    def expects(self) -> str:
        """The range in words."""
        if self.highest is None:
            return f"a whole number, {self.lowest} or more"
        return f"a whole number from {self.lowest} to {self.highest}"

    def read(self, value: object) -> int:
        """Accept Python's and NumPy's integers; texts and floats only get a suggestion."""
        if isinstance(value, numbers.Integral) and not isinstance(value, bool):
            if self._fits(number := int(value)):
                return number
            raise WrongValue
        number_meant = _number_in(value)
        if number_meant is not None and number_meant == int(number_meant) and self._fits(int(number_meant)):
            raise WrongValue(suggestion=int(number_meant))
        raise WrongValue

    def _fits(self, number: int) -> bool:
        return number >= self.lowest and (self.highest is None or number <= self.highest)


@attrs.frozen
class Number:
    """A finite number in a range, returned as a float."""

    lowest: float
    highest: float | None = None
    unit: str = ""

    @property
    def expects(self) -> str:
        """The range in words."""
        unit = f" of {self.unit}" if self.unit else ""
        if self.highest is None:
            return f"a number{unit}, {self.lowest:g} or more"
        return f"a number{unit} from {self.lowest:g} to {self.highest:g}"

    def read(self, value: object) -> float:
        """Accept Python's and NumPy's numbers; texts only get a suggestion."""
        if isinstance(value, numbers.Real) and not isinstance(value, bool):
            if self._fits(float(value)):
                return float(value)
            raise WrongValue
        number_meant = _number_in(value)
        if number_meant is not None and self._fits(number_meant):
            raise WrongValue(suggestion=number_meant)
        raise WrongValue

    def _fits(self, number: float) -> bool:
        return (
            math.isfinite(number)
            and number >= self.lowest
            and (self.highest is None or number <= self.highest)
        )


@attrs.frozen
class Text:
    """A text of limited length."""

    longest: int = 100_000
    expects: str = "a text"

    def read(self, value: object) -> str:
        """Accept strings only."""
        if not isinstance(value, str):
            raise WrongValue
        if len(value) > self.longest:
            raise WrongValue(f"the text has {len(value)} characters, at most {self.longest} are possible")
        return value


@attrs.frozen
class Flag:
    """True or False."""

    expects: str = "True or False"

    def read(self, value: object) -> bool:
        """Accept the two, and nothing that merely counts as them."""
        if isinstance(value, bool):
            return value
        if isinstance(value, int | str) and str(value).lower() in {"1", "true", "yes", "0", "false", "no"}:
            raise WrongValue(suggestion=str(value).lower() in {"1", "true", "yes"})
        raise WrongValue


class Choice:
    """One of several texts; members of a string enumeration count as their values."""

    def __init__(self, *choices: str) -> None:
        self.choices = choices

    @property
    def expects(self) -> str:
        """The choices, listed."""
        return " or ".join(repr(str(choice)) for choice in self.choices)

    def read(self, value: object) -> str:
        """Accept exactly a choice."""
        if isinstance(value, str) and value in self.choices:
            return next(choice for choice in self.choices if choice == value)
        close = did_you_mean(value, self.choices) if isinstance(value, str) else ""
        raise WrongValue(fix=close)


@attrs.frozen
class SafeName:
    """A name that can be a file's or folder's on every system."""

    expects: str = "a name of letters, digits, '_', '-' and '.', at most 100, not starting with '.' or '-'"

    def read(self, value: object) -> str:
        """Accept such names; suggest one for others."""
        if not isinstance(value, str):
            raise WrongValue
        if SAFE_NAME.fullmatch(value) and not value.endswith(".") and not _reserved(value):
            return value
        suggestion = re.sub(r"[^A-Za-z0-9_-]+", "_", value).strip("_-")[:100]
        if not suggestion or _reserved(suggestion):
            raise WrongValue
        raise WrongValue(suggestion=suggestion)


@attrs.frozen
class Url:
    """A web address, or one within the experiment's own site when ``local``."""

    schemes: tuple[str, ...] = ("https", "http")

    @property
    def expects(self) -> str:
        """The shape of the address."""
        return f"a full address that starts with {self.schemes[0]}://"

    def read(self, value: object) -> str:
        """Accept addresses with a host."""
        if not isinstance(value, str):
            raise WrongValue
        try:
            parts = urlsplit(value)
            fits = parts.scheme in self.schemes and bool(parts.hostname)
        except ValueError:
            fits = False
        if not fits or value != value.strip() or any(ord(character) < 33 for character in value):
            if re.fullmatch(r"[\w.-]+\.\w+(/\S*)?", value):
                raise WrongValue(suggestion=f"{self.schemes[0]}://{value}")
            raise WrongValue
        return value


@attrs.frozen
class Function:
    """Something callable with one of several numbers of positional arguments."""

    arguments: tuple[int, ...]
    signature: str

    @property
    def expects(self) -> str:
        """The call in words."""
        return f"a function {self.signature}"

    def read(self, value: object) -> Callable[..., object]:
        """Accept callables that could be called so; a callable without a readable signature is trusted."""
        if not callable(value):
            raise WrongValue
        if not any(takes(value, count) for count in self.arguments):
            raise WrongValue(
                f"the function {shown(value)} cannot be called with {self.signature}",
                fix=f"give it exactly the parameters {self.signature}",
            )
        return value


@attrs.frozen
class MappingOf:
    """A mapping, copied."""

    expects: str = "a dict"
    keys: tuple[type, ...] = (str,)

    def read(self, value: object) -> dict[object, object]:
        """Accept mappings with keys of the right types."""
        if not isinstance(value, Mapping):
            raise WrongValue
        for key in value:
            if not isinstance(key, self.keys):
                raise WrongValue(f"the keys must be texts, got {shown(key)}")
        return dict(value)


class ListOf(NeedsFolder):
    """A list or tuple of things of one kind, returned as a tuple."""

    def __init__(self, item: Kind, expects: str, least: int = 0) -> None:
        self.item = item
        self.expects = expects
        self.least = least

    def read_in(self, value: object, folder: Path | None) -> tuple[object, ...]:
        """Accept lists and tuples; one wrong item makes the whole wrong, and is named."""
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
            raise WrongValue(suggestion=[value]) if isinstance(value, str) else WrongValue
        items = []
        for index, item in enumerate(value):
            try:
                kind = self.item
                items.append(kind.read_in(item, folder) if isinstance(kind, NeedsFolder) else kind.read(item))
            except WrongValue as wrong:
                what = wrong.what or f"must be {self.item.expects}, got {shown(item)}"
                raise WrongValue(f"item {index + 1} of the list: {what}", fix=wrong.fix) from None
        if len(items) < self.least:
            raise WrongValue
        return tuple(items)


class Optionally:
    """The same, or None."""

    def __init__(self, kind: Kind, meaning: str) -> None:
        self.kind = kind
        self.expects = f"{kind.expects}, or None {meaning}"

    def read(self, value: object) -> object:
        """Accept None too."""
        return None if value is None else self.kind.read(value)


class OneOf:
    """Any of several kinds; the first that accepts."""

    def __init__(self, *kinds: Kind) -> None:
        self.kinds = kinds
        self.expects = ", or ".join(kind.expects for kind in kinds)

    def read(self, value: object) -> object:
        """Try them in order; the suggestion of the first that has one is kept."""
        best: WrongValue | None = None
        for kind in self.kinds:
            try:
                return kind.read(value)
            except WrongValue as wrong:
                if best is None and (wrong.fix or wrong.what):
                    best = wrong
        raise best or WrongValue()


@attrs.frozen
class Anything:
    """Any value; whether it is right shows elsewhere."""

    expects: str = "anything"

    def read(self, value: object) -> object:
        """Accept it."""
        return value


class Readable:
    """A value that a function reads."""

    def __init__(self, expects: str, read: Callable[[object], object]) -> None:
        self.expects = expects
        self._read = read

    def read(self, value: object) -> object:
        """Call the function, which raises `WrongValue`."""
        return self._read(value)


@attrs.frozen
class FileText:
    """A text file that was read when it was named, so that later edits change nothing."""

    path: Path
    text: str


@attrs.frozen
class TextFile(NeedsFolder):
    """The path of a readable UTF-8 text file."""

    expects: str = "the path of a text file"

    def read_in(self, value: object, folder: Path | None) -> FileText:
        """Read the file."""
        path = found_path(value, folder)
        if not path.is_file():
            raise WrongValue(
                f"there is no file {str(value)!r}",
                fix=f"looked for {path}; relative paths start where Python was started, or beside the script",
            )
        try:
            return FileText(path, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise WrongValue(f"the file {str(path)!r} cannot be read as UTF-8 text: {error}") from None


@attrs.frozen
class Folder(NeedsFolder):
    """The path of a folder that exists."""

    expects: str = "the path of a folder"

    def read_in(self, value: object, folder: Path | None) -> Path:
        """Find the folder."""
        path = found_path(value, folder)
        if not path.is_dir():
            raise WrongValue(f"there is no folder {str(value)!r}", fix=f"looked for {path}")
        return path.resolve()


def found_path(value: object, folder: Path | None) -> Path:
    """Return where a path from a script is: from the current directory, else from the script's folder.

    Raises:
        WrongValue: it is no path.
    """
    if not isinstance(value, str | Path) or not str(value):
        raise WrongValue
    here = Path.cwd() / value
    beside = folder / value if folder is not None else here
    try:
        possible = b"\0" not in os.fsencode(value)
        found = beside if beside.exists() and not here.exists() else here
    except (OSError, ValueError):
        possible = False
    if not possible:
        raise WrongValue(f"{shown(str(value))} cannot be a path")
    return found


def takes(function: Callable[..., object], arguments: int) -> bool:
    """Whether a function can be called with this many positional arguments."""
    try:
        inspect.signature(function).bind(*range(arguments))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _number_in(value: object) -> float | None:
    """The number somebody may have meant by a text or a float."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _reserved(name: str) -> bool:
    return name.split(".")[0].lower() in _RESERVED_NAMES
