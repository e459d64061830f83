"""The builders' mechanism: settings are checked, mistakes are kept, nothing raises."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mug.configurations.experiment_config import ExperimentConfig
from mug.configurations.kinds import Folder, ListOf, Text, TextFile, Whole
from mug.configurations.settings import (
    NOT_GIVEN,
    Builder,
    NotGiven,
    Setting,
    Settings,
    settings_of,
    settings_table,
    shown,
)
from mug.errors import MugError
from mug.scenes.gym_scene import GymScene
from mug.scenes.static_scene import CompletionCodeScene, EndScene, StartScene, StaticScene, WaitScene

BUILDERS = (ExperimentConfig, StaticScene, StartScene, WaitScene, EndScene, CompletionCodeScene, GymScene)

SIZE = Settings(
    "size",
    Setting("width", Whole(1, 10), "How wide.", 3),
    Setting("height", Whole(1, 10), "How high.", 4),
    hints={"breadth": "write width=…"},
)
TEXT = Settings(
    "text", Setting("body", Text(5), "What it says."), Setting("file", TextFile(), "Where it says so.")
)
NAMES = Settings("names", Setting("names", ListOf(Text(), "names"), "Who.", ()))


class Box(Builder):
    """A builder with three methods."""

    @SIZE.implements
    def size(
        self, *, width: int | NotGiven = NOT_GIVEN, height: int | NotGiven = NOT_GIVEN, **unknown: object
    ) -> Self:
        return self

    @TEXT.implements
    def text(
        self, *, body: str | NotGiven = NOT_GIVEN, file: str | NotGiven = NOT_GIVEN, **unknown: object
    ) -> Self:
        return self

    @NAMES.implements
    def names(self, *names: str) -> Self:
        return self


def box(**given: Any) -> Box:
    return Box().size(**given)


def test_what_is_given_replaces_the_default_and_nothing_else() -> None:
    """A setting that is not given keeps its default."""
    assert [Box().setting(name) for name in ("width", "height", "body")] == [3, 4, None]
    built = box(width=7)
    assert (built.setting("width"), built.setting("height")) == (7, 4)


def test_a_second_call_overrides_only_what_it_gives() -> None:
    """Calling a method twice leaves alone what the second call leaves out."""
    built = box(width=7, height=8).size(height=9)
    assert (built.setting("width"), built.setting("height")) == (7, 9)
    assert built.problems() == []


def test_a_wrong_value_is_kept_as_a_problem_that_says_where_what_and_how() -> None:
    """The problem names object, method, setting, the value given and the value that would be right."""
    (problem,) = box(width="7").problems()
    assert problem.where == "Box, .size(width=)"
    assert problem.what == "width must be a whole number from 1 to 10, got '7'"
    assert problem.fix == "write width=7"


def test_every_mistake_is_reported() -> None:
    """Mistakes of several methods are all there, in the order in which they were written."""
    built = Box().text(body="too long a text").size(width=0, depth=1)
    assert [problem.where for problem in built.problems()] == [
        "Box, .text(body=)",
        "Box, .size(width=)",
        "Box, .size(depth=)",
    ]


def test_a_later_right_value_settles_an_earlier_wrong_one() -> None:
    """What counts is the last value; a wrong one after a right one counts too."""
    assert box(width="x").size(width=5).problems() == []
    built = box(width=5).size(width="x")  # type: ignore[arg-type]
    assert built.wrong("width")
    assert built.setting("width") == 3


def test_an_unknown_setting_suggests_a_known_one() -> None:
    """A typing mistake gets the closest setting of the method."""
    (problem,) = box(widht=3).problems()
    assert problem.what == ".size() has no setting 'widht'"
    assert problem.fix == "did you mean 'width'?"


@pytest.mark.parametrize("name", ["self", "builder", "positional", "given", "table", "function"])
def test_any_name_can_be_unknown(name: str) -> None:
    """No name of a setting collides with mug's own code."""
    (problem,) = box(**{name: 3}).problems()
    assert problem.what == f".size() has no setting '{name}'"


def test_a_setting_of_another_method_says_which() -> None:
    """A setting in the wrong method is sent to the right one."""
    (problem,) = box(body="hi").problems()
    assert problem.fix == "it belongs to another method: write .text(body=…)"


def test_a_setting_of_other_tools_says_what_replaces_it() -> None:
    """A hint of the table wins over guesses."""
    (problem,) = box(breadth=3).problems()
    assert problem.fix == "write width=…"


def test_values_without_names_are_mistakes_with_the_name() -> None:
    """Builders take settings by name; a value by place gets the name it would have had."""
    problems = Box().size(3, 4, 5).problems()  # type: ignore[call-arg]
    assert [problem.fix for problem in problems] == ["write .size(width=3)", "write .size(height=4)", ""]


def test_listing_methods_add_up() -> None:
    """A method with ``*names`` adds to what was listed before; a wrong list is one problem."""
    assert Box().names("a").names("b", "c").setting("names") == ("a", "b", "c")
    assert Box().names("a", names="b").setting("names") == ("a", "b")  # type: ignore[call-arg]
    (problem,) = Box().names("a", 3).problems()  # type: ignore[arg-type]
    assert problem.what == "item 2 of the list: must be a text, got 3"


def test_an_unknown_method_names_a_known_one() -> None:
    """A method that there is not is the one mistake that cannot be collected."""
    with pytest.raises(MugError, match=r"no method .sise\(\)[\s\S]*did you mean 'size'"):
        Box().sise(width=3)
    with pytest.raises(AttributeError):
        Box()._nothing  # noqa: B018


def test_files_are_looked_for_beside_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path starts in the current directory, and else in the folder of the script."""
    (tmp_path / "here").mkdir()
    (tmp_path / "script").mkdir()
    (tmp_path / "script" / "a.txt").write_text("beside")
    (tmp_path / "script" / "b.txt").write_text("beside")
    (tmp_path / "here" / "b.txt").write_text("here")
    monkeypatch.chdir(tmp_path / "here")
    names: dict[str, Any] = {"Box": Box, "__file__": str(tmp_path / "script" / "experiment.py")}
    exec("a, b, c = (Box().text(file=name) for name in ('a.txt', 'b.txt', 'c.txt'))", names)
    assert names["a"].setting("file").text == "beside"
    assert names["b"].setting("file").text == "here"
    assert "there is no file 'c.txt'" in names["c"].problems()[0].what
    listed = ListOf(Folder(), "folders").read_in(["script"], tmp_path)
    assert listed == (tmp_path / "script",)


def test_a_frozen_builder_refuses_changes() -> None:
    """Once an experiment runs, its configuration cannot be changed any more."""
    built = box(width=5)
    built.freeze()
    with pytest.raises(MugError, match=r"\.size\(\) was called after the experiment had started"):
        built.size(width=6)
    assert built.setting("width") == 5


def test_table_and_method_must_agree() -> None:
    """A method whose parameters are not those of its table is a mistake that is found at import."""
    with pytest.raises(TypeError, match=r"size\(width\) does not match its table size\(width, height\)"):

        class Wrong(Builder):
            @SIZE.implements
            def size(self, *, width: int | NotGiven = NOT_GIVEN, **unknown: object) -> Self:
                return self


def test_names_of_settings_are_unique_in_a_class() -> None:
    """Two methods cannot have settings of one name."""
    again = Settings("other", Setting("width", Whole(1), "Again."))
    with pytest.raises(TypeError, match="two settings named 'width'"):

        class Twice(Box):
            @again.implements
            def other(self, *, width: int | NotGiven = NOT_GIVEN, **unknown: object) -> Self:
                return self


def test_the_table_of_all_settings_names_each_with_its_meaning() -> None:
    """The generated reference has a row for every setting of every builder."""
    text = settings_table(BUILDERS)
    for cls in BUILDERS:
        for table in settings_of(cls):
            for setting in table:
                assert f"| `{setting.name}` | {setting.kind.expects} |" in text
                assert setting.doc.endswith((".", "…")), setting.name


@pytest.mark.parametrize("cls", BUILDERS)
def test_every_default_is_a_value_that_may_be_given(cls: type[Builder]) -> None:
    """Writing a default out changes nothing, except for None, which stands for "not given"."""
    for table, setting in cls.known_settings.values():
        if setting.default in (None, ""):
            continue
        built = cls()
        value = setting.default
        call = getattr(built, table.method)
        call(*value) if table.method == "plugins" else call(**{setting.name: value})  # type: ignore[misc]
        if value == {}:
            continue
        assert not built.wrong(setting.name), setting.name
        assert built.setting(setting.name) == value


class Hostile:
    """An object that fails at whatever is asked of it."""

    def __repr__(self) -> str:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 3, 10**400, -(10**400), 0.5, float("nan"), float("inf"), 1e400),
    *("", " ", "x", "../x", "\0", "a\nb", "http://", "https://[", "x" * 300, "\ud800", b"", b"x", ...),
    *([], [None], [1, 2], ["a", "a"], [[]], (), (1,), (2, 1), ("a", 1), (float("nan"), 1), {1, 2}),
    *({}, {"a": 1}, {1: 2}, {None: 1}, {(): 1}, {("a", "a"): 1}, {"a": {}}, {"a": None}, {"": ""}),
    *({"down": 1}, {"down": Hostile()}, {"player_0": Hostile()}, {"ArrowUp": Hostile(), "w": Hostile()}),
    *(Hostile(), Hostile, object(), print, len, lambda: 1, lambda a, b, c, d: 1, Path("/nowhere"), Path()),
)


@pytest.mark.parametrize("cls", BUILDERS)
def test_nothing_raises_whatever_is_given(cls: type[Builder]) -> None:
    """No value of any single setting makes a builder, or the search for its problems, raise."""
    for table, setting in cls.known_settings.values():
        for value in ODD:
            built = cls()
            give(built, table, setting, value)
            assert all(str(problem) for problem in built.problems())


@pytest.mark.parametrize("cls", BUILDERS)
@given(data=st.data())
def test_nothing_raises_whatever_is_given_together(cls: type[Builder], data: st.DataObject) -> None:
    """No combination of values makes a builder, or the search for its problems, raise."""
    built = cls()
    for name in data.draw(st.lists(st.sampled_from(list(cls.known_settings)), max_size=8)):
        give(built, *cls.known_settings[name], data.draw(st.sampled_from(ODD)))
    assert all(str(problem) for problem in built.problems())


def give(built: Builder, table: Settings, setting: Setting, value: Any) -> None:
    call = getattr(built, table.method)
    call(value) if table.method == "plugins" else call(**{setting.name: value})


def test_anything_can_be_shown() -> None:
    """A value whose ``__repr__`` fails is shown by its type, and a long one shortened."""
    assert shown(Hostile()) == "<Hostile>"
    assert len(shown("x" * 1000)) == 60
