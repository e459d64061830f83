"""mug's surveys: questions of many types, consent, comprehension quizzes and attention checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import mug
from mug_surveys.choices import Choice, Choices, Dropdown, Likert, Matrix, Ranking, YesNo
from mug_surveys.consent import ConsentScene
from mug_surveys.kinds import Option
from mug_surveys.pages import Page, Quiz
from mug_surveys.questionnaire import Questionnaire
from mug_surveys.questions import Agree, Date, LongText, Note, Number, Slider, Text
from mug_surveys.survey import Survey
from mug_surveys.surveyjs import SurveyJsScene
from mug_surveys.texts import TEXTS

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    import click

    from mug.components import ClientModule
    from mug.errors import Problem
    from mug.facts import Experiment
    from mug.scenes.scene import Scene

__version__ = "0.1.0"

__all__ = [
    "TEXTS",
    "Agree",
    "Choice",
    "Choices",
    "ConsentScene",
    "Date",
    "Dropdown",
    "Likert",
    "LongText",
    "Matrix",
    "Note",
    "Number",
    "Option",
    "Page",
    "Questionnaire",
    "Quiz",
    "Ranking",
    "Slider",
    "Survey",
    "SurveyJsScene",
    "Text",
    "YesNo",
]


@mug.hookimpl
def mug_scenes() -> Mapping[str, type[Scene]]:
    """Register the kinds of scenes that ask questions."""
    return {"survey": Survey, "surveyjs": SurveyJsScene}


@mug.hookimpl
def mug_client_modules(experiment: Experiment) -> Iterable[ClientModule]:
    """Add the module that shows surveys."""
    from mug.components import ClientModule

    return [ClientModule("surveys", str(Path(__file__).parent / "static"), "client.js")]


@mug.hookimpl
def mug_check(experiment: Experiment) -> Iterable[Problem]:
    """Find conditions and texts that refer to what is not there."""
    from mug_surveys.references import unknown_references

    return unknown_references(experiment.stager)


@mug.hookimpl
def mug_lifespan(experiment: Experiment) -> AbstractAsyncContextManager[None]:
    """Write the codebook beside the data."""
    from contextlib import nullcontext

    from mug_surveys.codebook import write_beside

    write_beside(experiment.stager, experiment.data_dir)
    return nullcontext()


@mug.hookimpl
def mug_cli_commands(cli: click.Group) -> None:
    """Add ``mug codebook``."""
    from mug_surveys.codebook_command import codebook

    cli.add_command(codebook)
