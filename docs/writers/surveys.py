"""The reference of mug-surveys, from the tables of its questions and scenes."""

from __future__ import annotations

import json

import mug_surveys
from mug_surveys.classic import MultipleChoice, OptionBoxesWithScalesAndTextBox, ScalesAndTextBox, TextBox
from mug_surveys.kinds import Piped
from mug_surveys.question import Part, Question
from mug_surveys.questionnaire import FOLDER

from docs.writers.docstrings import description, entries, markdown, table
from mug.configurations.settings import Setting, settings_of, shown

INTRODUCTION = """\
# Survey questions

Everything that stands in a survey, from the package `mug_surveys`.
[Ask questions: surveys](../how-to/surveys.md) shows how to use it, and
[Ask for consent](../how-to/consent.md) the scene for that.

A question takes its name and its text, then settings by name. What is wrong with one raises nothing and is
reported by `mug check`, with everything else.

## Scenes

All have the settings of every scene, `.scene(scene_id=…)`.
"""
QUESTIONS = tuple(
    kind
    for name in mug_surveys.__all__
    if isinstance(kind := getattr(mug_surveys, name), type) and issubclass(kind, Question)
)
CLASSIC = """\
## Classic scenes

Scenes that take their questions as arguments, in `mug.scenes.static_scene` as soon as mug-surveys is
installed. They are surveys, with the same methods besides.
"""
EXPRESSIONS = """\
## Conditions

`when` takes an expression about earlier questions of the survey, about answers and outcomes of earlier scenes
(`{scene_id.name}`), and about treatments (`{condition}`). It is read once, before anybody takes part; nothing
in it is ever executed. The browser and the server evaluate it alike.

| written | meaning |
| --- | --- |
| `{age}`, `{team.fun}`, `{about_you.age}` | an answer; a line of a matrix; an answer of another scene |
| `18`, `'chess'`, `true`, `false`, `null`, `[1, 2]` | numbers, texts, truth, nothing, lists |
| `== != < <= > >=` | comparisons: numbers with numbers, texts with texts; others are never less or greater |
| `'chess' in {games}`, `not in` | whether a value is in a list, or a text in a text |
| `+ - * /` | calculations; what cannot be calculated is `null` |
| `and`, `or`, `not`, `( )` | combinations; `null`, `false`, `0` and what is empty do not hold |

A question that was not answered, or not shown, is `null`.

In texts, `{name}` stands for an answer, of a chosen option for its label; `{{` is a brace.
"""


def page() -> str:
    """Return the page."""
    parts = [INTRODUCTION]
    seen: set[str] = set()
    for scene in (mug_surveys.Survey, mug_surveys.ConsentScene, mug_surveys.SurveyJsScene):
        parts.append(f"### {scene.__name__}\n\n{description(scene)}\n")
        for settings in settings_of(scene):
            if settings.method not in seen | {"scene"}:
                seen.add(settings.method)
                parts.append(f"#### .{settings.method}()\n\n{_settings(tuple(settings))}\n")
    parts.append("## Questions\n\nEvery question has these settings:\n")
    parts.append(f"{_settings((*Question.positional, *Question.common))}\n")
    for kind in QUESTIONS:
        own = [one for one in kind.settings if one not in Question.common]
        parts.append(f"### {kind.__name__}\n\n{description(kind)}\n")
        if own:
            parts.append(f"{_settings(tuple(own))}\n")
    parts.append(f"### Option\n\n{description(mug_surveys.Option)}\n\n{_arguments(mug_surveys.Option)}\n")
    parts.append("## Pages\n")
    parts += [_part(part) for part in (mug_surveys.Page, mug_surveys.Quiz, mug_surveys.Note)]
    parts.append(_questionnaires())
    parts.append(EXPRESSIONS)
    parts.append(CLASSIC)
    parts += [
        f"### {scene.__name__}\n\n{description(scene)}\n\n{_arguments(scene)}\n"
        for scene in (TextBox, ScalesAndTextBox, OptionBoxesWithScalesAndTextBox, MultipleChoice)
    ]
    parts.append(_texts())
    return "\n".join(parts)


def _part(part: type[Part]) -> str:
    body = _settings((*part.positional, *part.settings))
    return f"### {part.__name__}\n\n{description(part)}\n\n{body}\n"


def _arguments(kind: type) -> str:
    return table(
        ("argument", "meaning"), [(f"`{name}`", said) for name, said in entries(kind, "Args").items()]
    )


def _questionnaires() -> str:
    rows = []
    for file in sorted(FOLDER.glob("*.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        names = [item["name"] for part in content["pages"] for item in part["items"]]
        asked = ", ".join(f"`{name}`" for name in names)
        source = f"{content['source']} Licence: {content['licence']}"
        rows.append((f"`{file.stem}`", content["title"], asked, source))
    kind = mug_surveys.Questionnaire
    listed = table(("name", "title", "answers", "source"), rows)
    return f"### Questionnaire\n\n{description(kind)}\n\n{_arguments(kind)}\n\n{listed}\n"


def _texts() -> str:
    rows = [(f"`{name}`", text) for name, text in mug_surveys.TEXTS.items()]
    said = "What mug itself says in a survey; `.language(texts={…})` says it in other words.\n\n"
    return f"## Texts\n\n{said}{table(('name', 'English'), rows)}\n"


def _settings(settings: tuple[Setting, ...]) -> str:
    rows = [(f"`{one.name}`", one.kind.expects, _default(one.default), markdown(one.doc)) for one in settings]
    return table(("setting", "accepts", "default", "meaning"), rows)


def _default(value: object) -> str:
    if value is None or value in ("", ()) or isinstance(value, Piped):
        return "none"
    return f"`{shown(value, 200)}`"
