"""What settings accept, and what they say about the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mug.configurations.configuration_constants import InputModes
from mug.configurations.kinds import (
    Choice,
    Flag,
    Folder,
    Function,
    ListOf,
    MappingOf,
    Number,
    OneOf,
    Optionally,
    SafeName,
    Text,
    TextFile,
    Url,
    Whole,
)
from mug.configurations.settings import NOT_GIVEN, Kind, WrongValue

Case = tuple[Kind, object, object]

ACCEPTED: list[Case] = [
    (Whole(1, 120), 30, 30),
    (Whole(1, 120), np.int64(30), 30),
    (Whole(1), 10**30, 10**30),
    (Number(0, 10), 3, 3.0),
    (Number(0, 10), np.float32(0.5), 0.5),
    (Text(), "", ""),
    (Flag(), False, False),
    (Choice("pressed_keys", "key_down"), InputModes.KeyDown, "key_down"),
    (SafeName(), "game.1_a-B", "game.1_a-B"),
    (Url(), "https://example.org/a?b=c", "https://example.org/a?b=c"),
    (Function((2,), "(a, b)"), print, print),
    (MappingOf(), {"a": 1}, {"a": 1}),
    (ListOf(Whole(1), "numbers"), [1, 2], (1, 2)),
    (Optionally(Whole(1), "for no limit"), None, None),
    (Optionally(Whole(1), "for no limit"), 3, 3),
    (OneOf(Flag(), Choice("auto")), "auto", "auto"),
    (OneOf(Flag(), Choice("auto")), True, True),
]


@pytest.mark.parametrize(("kind", "value", "read"), ACCEPTED)
def test_right_values_are_read(kind: Kind, value: object, read: object) -> None:
    """A value that fits comes out in the one form that the rest of mug knows."""
    result = kind.read(value)
    assert result == read
    assert type(result) is type(read)


@pytest.mark.parametrize(
    ("kind", "value", "suggestion"),
    [
        (Whole(1, 120), "30", 30),
        (Whole(1, 120), 30.0, 30),
        (Whole(1, 120), 1e4, NOT_GIVEN),
        (Whole(1, 120), 0, NOT_GIVEN),
        (Whole(1, 120), 121, NOT_GIVEN),
        (Whole(1, 120), 2.5, NOT_GIVEN),
        (Whole(1, 120), True, NOT_GIVEN),
        (Whole(1, 120), "many", NOT_GIVEN),
        (Whole(1, 120), None, NOT_GIVEN),
        (Number(0, 10), "2.5", 2.5),
        (Number(0, 10), float("nan"), NOT_GIVEN),
        (Number(0), float("inf"), NOT_GIVEN),
        (Number(0, 10), -1, NOT_GIVEN),
        (Number(0, 10), True, NOT_GIVEN),
        (Text(), b"bytes", NOT_GIVEN),
        (Text(3), "four", NOT_GIVEN),
        (Flag(), 1, True),
        (Flag(), "no", False),
        (Flag(), None, NOT_GIVEN),
        (Choice("end", "takeover"), "finish", NOT_GIVEN),
        (SafeName(), "../../etc/passwd", "etc_passwd"),
        (SafeName(), "my game", "my_game"),
        (SafeName(), ".hidden", "hidden"),
        (SafeName(), "..", NOT_GIVEN),
        (SafeName(), "CON", NOT_GIVEN),
        (SafeName(), "nul.txt", "nul_txt"),
        (SafeName(), "a/b", "a_b"),
        (SafeName(), "game.", "game"),
        (SafeName(), "", NOT_GIVEN),
        (SafeName(), "x" * 101, "x" * 100),
        (SafeName(), 3, NOT_GIVEN),
        (Url(), "example.org/thanks", "https://example.org/thanks"),
        (Url(), "javascript:alert(1)", NOT_GIVEN),
        (Url(), "file:///etc/passwd", NOT_GIVEN),
        (Url(), "https://", NOT_GIVEN),
        (Url(), "https://exa mple.org", NOT_GIVEN),
        (Url(), "https://[", NOT_GIVEN),
        (Function((2,), "(a, b)"), lambda a: a, NOT_GIVEN),
        (Function((2,), "(a, b)"), "print", NOT_GIVEN),
        (MappingOf(), [("a", 1)], NOT_GIVEN),
        (MappingOf(), {1: 1}, NOT_GIVEN),
        (ListOf(Text(), "names"), "name", ["name"]),
        (ListOf(Text(), "names"), {"name"}, NOT_GIVEN),
        (ListOf(Text(), "names"), ["a", 1], NOT_GIVEN),
        (ListOf(Text(), "names", 1), [], NOT_GIVEN),
        (Optionally(Whole(1), "for no limit"), "3", 3),
        (OneOf(Flag(), Choice("auto")), "always", NOT_GIVEN),
    ],
)
def test_wrong_values_are_refused_with_a_suggestion_where_there_is_one(
    kind: Kind, value: object, suggestion: object
) -> None:
    """A value that does not fit raises, and carries the value that was probably meant."""
    with pytest.raises(WrongValue) as wrong:
        kind.read(value)
    assert wrong.value.suggestion == suggestion
    assert kind.expects


def test_suggestions_would_be_accepted() -> None:
    """What is suggested is itself a right value."""
    for kind, value in (
        (Whole(1, 9), "3"),
        (SafeName(), "a b/c"),
        (Url(), "example.org"),
        (Number(0), "1e3"),
    ):
        with pytest.raises(WrongValue) as wrong:
            kind.read(value)
        kind.read(wrong.value.suggestion)


@pytest.mark.parametrize("count", [1, 2])
def test_functions_may_take_more_when_the_rest_has_defaults(count: int) -> None:
    """What counts is whether the function can be called, not how it is written."""

    def flexible(first: Any, second: Any = None, *, third: Any = None) -> None:
        """Take one argument, or two."""

    assert Function((count,), "").read(flexible) is flexible
    with pytest.raises(WrongValue):
        Function((3,), "").read(flexible)


def test_a_close_choice_is_suggested() -> None:
    """A misspelt choice names the right one."""
    with pytest.raises(WrongValue) as wrong:
        Choice("end", "takeover").read("take_over")
    assert wrong.value.fix == "did you mean 'takeover'?"


def test_text_files_are_read_when_named(tmp_path: Path) -> None:
    """The text is taken at once, so that editing the file later changes nothing."""
    path = tmp_path / "page.html"
    path.write_text("<p>früher</p>", encoding="utf-8")
    file = TextFile().read_in(path, None)
    path.write_text("<p>später</p>", encoding="utf-8")
    assert file.text == "<p>früher</p>"


def test_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A file that is not UTF-8, a folder, and a file that is not there are three different mistakes."""
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    for name, said in (("picture.png", "cannot be read as UTF-8"), ("", "no file"), ("nothing", "no file")):
        with pytest.raises(WrongValue, match=said):
            TextFile().read_in(str(tmp_path / name), None)


def test_folders_must_exist(tmp_path: Path) -> None:
    """A folder comes out as an absolute path; a file is no folder."""
    assert Folder().read_in(str(tmp_path), None) == tmp_path.resolve()
    (tmp_path / "file").touch()
    with pytest.raises(WrongValue, match="no folder"):
        Folder().read_in(str(tmp_path / "file"), None)
