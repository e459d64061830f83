"""The page's half and the server's half agree, on whatever is answered and asked."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mug_surveys import Choice, Choices, Matrix, Note, Page, Survey, Text, YesNo
from mug_surveys.course import Course
from mug_surveys.expressions import evaluate
from mug_surveys.judging import Judge
from mug_surveys.piping import filled_in, parse_text
from mug_surveys.rules import complaint
from mug_surveys.values import as_text, less

from mug.scenes.scene import Kept, Visitor

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SOURCES = HERE.parent / "client" / "src"
ENTRY = (
    'export { complaint } from "./rules.ts"; export { evaluate } from "./expressions.ts";'
    ' export { asText, less } from "./values.ts"; export { Course } from "./course.ts";'
)
UNHURRIED = settings(
    deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

texts = st.text(st.characters(exclude_categories=()), max_size=8)
plain = st.text(max_size=6)
numbers = st.one_of(
    st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 5)
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, st.sampled_from(["a", "b", "", " ", "none"]))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["x", "y", "z"]), inner, max_size=3)
    ),
    max_leaves=6,
)
option_values = st.one_of(st.sampled_from(["a", "b", "none", "1"]), st.integers(-2, 3))
options = st.lists(option_values, min_size=2, max_size=4, unique_by=lambda one: (type(one), one)).map(
    lambda chosen: [{"value": one, "label": str(one), "exclusive": one == "none"} for one in chosen]
)
bounds = st.one_of(st.none(), st.integers(-3, 3), st.floats(-3, 3))
days = st.dates().map(str)
dates = st.one_of(days, st.from_regex(r"[0-9]{4}-[0-3][0-9]-[0-3][0-9]", fullmatch=True), texts)
counts = st.integers(0, 4)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a question of any type, with settings that scripts can give."""
    kind = draw(
        st.sampled_from(
            ["text", "number", "choice", "choices", "matrix", "slider", "ranking", "date", "agree", "yes_no"]
        )
    )
    question: dict[str, Any] = {"type": kind, "required": draw(st.booleans())}
    match kind:
        case "text":
            form = draw(st.sampled_from(["", "[A-Z]{1,3}", "\\d+", "a?b*"]))
            question |= {"least": draw(counts), "most": draw(st.integers(1, 9)), "pattern": form}
            question |= {"format": draw(st.sampled_from(["text", "email"]))}
        case "number":
            question |= {"minimum": draw(bounds), "maximum": draw(bounds), "whole": draw(st.booleans())}
        case "slider":
            question |= {"minimum": -2.5, "maximum": draw(st.integers(0, 3))}
        case "choices":
            most = draw(st.one_of(st.none(), st.integers(1, 4)))
            question |= {"options": draw(options), "least": draw(counts), "most": most}
        case "ranking":
            question |= {"options": draw(options), "most": draw(st.one_of(st.none(), st.integers(1, 2)))}
        case "matrix":
            lines = [{"value": "x", "label": "X"}, {"value": "y", "label": "Y"}]
            question |= {"options": draw(options), "lines": lines}
        case "date":
            question |= {
                "minimum": draw(st.one_of(st.just(""), days)),
                "maximum": draw(st.one_of(st.just(""), days)),
            }
        case "yes_no":
            question |= {"options": [{"value": True, "label": ""}, {"value": False, "label": ""}]}
        case "choice":
            question |= {"options": draw(options)}
    return question


@st.composite
def answers(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    """Draw a question, and an answer that has a fair chance to be right."""
    question = draw(questions())
    likely = [values]
    if "options" in question:
        own = st.sampled_from([option["value"] for option in question["options"]])
        likely += [own, st.lists(own, max_size=4), st.lists(own, max_size=4, unique=True)]
        likely.append(st.fixed_dictionaries({"x": own}, optional={"y": own}))
    likely += {"date": [dates], "number": [numbers], "text": [texts, st.emails()]}.get(question["type"], [])
    return question, draw(st.one_of(likely))


names = ("a", "b", "c.d")
trees = st.recursive(
    st.one_of(
        st.sampled_from(names).map(lambda name: ["ref", name]),
        st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(-9, 9), plain).map(
            lambda value: ["lit", value]
        ),
    ),
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(["and", "or", "==", "!=", "<", "<=", ">", ">=", "in", "not in"]), inner, inner
        ),
        st.tuples(st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        st.tuples(st.just("not"), inner),
        st.lists(inner, max_size=3).map(lambda items: ["list", *items]),
    ).map(list),
    max_leaves=8,
)


@attrs.define
class Twin:
    """The page's half, in Node."""

    process: subprocess.Popen[str]

    def ask(self, kind: str, **about: Any) -> Any:
        """Return what the page's half makes of this."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"ask": kind, **about}) + "\n")
        self.process.stdin.flush()
        # JavaScript has one kind of number
        return json.loads(self.process.stdout.readline(), parse_int=float)


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Bundle the page's half and start it."""
    bundle = tmp_path_factory.mktemp("twin") / "twin.mjs"
    esbuild = [ROOT / "node_modules" / "esbuild" / "bin" / "esbuild", "--bundle", "--log-level=error"]
    command = [*esbuild, "--format=esm", f"--outfile={bundle}"]
    subprocess.run(command, input=ENTRY, text=True, check=True, cwd=SOURCES)
    with subprocess.Popen(
        ["node", HERE / "twin.mjs", bundle], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Twin(process)
        assert process.stdin is not None
        process.stdin.close()


@UNHURRIED
@given(answers())
def test_both_halves_say_the_same_of_an_answer(twin: Twin, answer: tuple[dict[str, Any], Any]) -> None:
    """What the server refuses, the page has complained about before, in the same words."""
    question, value = answer
    found = complaint(question, value)
    assert twin.ask("rules", question=question, value=value) == (found and attrs.asdict(found))


@UNHURRIED
@given(trees, st.fixed_dictionaries({}, optional=dict.fromkeys(names, values)))
def test_both_halves_evaluate_alike(twin: Twin, tree: list[Any], known: dict[str, Any]) -> None:
    """A condition holds in the page exactly when it holds for the server."""
    value = evaluate(tree, known.get)
    assert twin.ask("expression", tree=tree, names=known) == value


@UNHURRIED
@given(values)
def test_both_halves_write_alike(twin: Twin, value: Any) -> None:
    """An answer in a text reads the same, whoever puts it there."""
    assert twin.ask("text", value=value) == as_text(value, "yes", "no")


SURVEY = (
    Survey()
    .scene(scene_id="s")
    .questions(
        Page(YesNo("first", "?"), Choice("word", "?", options=[("a", "A"), ("b", "B")])),
        Page(
            YesNo("yes", "?"),
            Choices("many", "?", options=[("a", "A"), ("b", "B")], when="{yes} or {first}"),
            Matrix("rows", "?", rows=["x", "y"], options=[(1, "one"), (2, "two")]),
            Text("x", "?", when="{rows.x} == 2 and 'a' in {many}"),
            Text("y", "?", when="{x} != null or {fact.part} == 1 or {word} == 'b'"),
            Text("z", "?", when="not {y}"),
            Note("{many}", when="{rows.y} > 1"),
            shuffle=True,
        ),
        Page(Text("end", "?")),
    )
)
SHOWN = ["{yes}", "{many}, {word}", "{rows.x}{rows}", "{x} {y} {z}", "{fact.part} {fact} {nothing} {first}"]


@UNHURRIED
@given(
    st.integers(0, 9),
    st.booleans(),
    st.sampled_from(["a", "b"]),
    values,
    st.fixed_dictionaries({}, optional=dict.fromkeys(("yes", "many", "rows", "x", "y", "z"), values))
    | st.fixed_dictionaries(
        {
            "yes": st.booleans(),
            "many": st.lists(st.sampled_from(["a", "b"])),
            "rows": st.dictionaries(st.sampled_from(["x", "y"]), st.integers(1, 2)),
        },
        optional={"x": texts, "y": texts},
    ),
    st.sampled_from(SHOWN),
)
@example(0, False, "a", None, {"rows": [1]}, "{rows.x}{rows}")
def test_both_halves_show_the_same(
    twin: Twin, seed: int, first: bool, word: str, fact: Any, given_: dict[str, Any], text: str
) -> None:
    """What the page shows, the server expects, and nothing else; and texts read the same."""
    before = {"first": first, "word": word}
    visitor = Visitor("s", seed, {"fact": fact}, Kept(before, {"at": 1}))
    page = SURVEY.page() | SURVEY.page_for(visitor)
    judge = Judge(SURVEY.rules, visitor)
    course = Course(judge.course.plan, visitor.facts, before | given_)
    parts = parse_text(text)
    names = {part["ref"] for part in parts if isinstance(part, dict)}
    known = {name: course.value(name) for name in (*names, "fact") if name not in page["known"]}
    own = {item["name"] for item in page["items"]}
    page["known"] |= {name: value for name, value in known.items() if name.partition(".")[0] not in own}
    page["shown"] |= {name: course.text_of(name, SURVEY.texts) for name in names if name in page["known"]}
    found = twin.ask("course", page=page, given=given_, text=parts)
    assert found["shown"] == [getattr(item, "name", "") for item in course.shown.get(1, ())]
    assert found["answers"] == {one.name: course.answers[one.name] for one in course.questions(1)}
    assert found["text"] == filled_in(parts, lambda name: course.text_of(name, SURVEY.texts))


@UNHURRIED
@given(plain, plain)
def test_both_halves_order_texts_alike(twin: Twin, one: str, other: str) -> None:
    """Texts are ordered by the codes of their characters, also beyond the first 65,536."""
    assert twin.ask("less", one=one, other=other) == less(one, other)
