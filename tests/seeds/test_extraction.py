"""The snippets are those of the documents, all of them."""

from __future__ import annotations

import re

import pytest

from tests.seeds import documents
from tests.seeds.extraction import COPIES, DOCUMENTS, SNIPPETS, document

WITH_DOCUMENTS = pytest.mark.skipif(
    not DOCUMENTS.is_dir(), reason="the documents do not lie beside the checkout"
)
OURS = re.compile(r"^\s*(from mug\b|import mug\b|game_scene = |config\b|\.\w+\(|def \w+\(|class \w+\()")
"""Lines that can only be Python, of a script that uses mug."""


@WITH_DOCUMENTS
@pytest.mark.parametrize("key", SNIPPETS)
def test_copies_are_what_the_documents_print(key: str) -> None:
    """The copy of each snippet equals what is extracted from the document."""
    snippet = SNIPPETS[key]
    text = document(snippet.document).read_text(encoding="utf-8")
    assert snippet.extracted(text) == snippet.copy.read_text(encoding="utf-8")


@WITH_DOCUMENTS
@pytest.mark.parametrize("number", ["000", "001", "002", "003"])
def test_no_snippet_of_a_document_is_left_out(number: str) -> None:
    """Every line of a document that looks like Python lies in a snippet."""
    text = document(number).read_text(encoding="utf-8")
    ranges = [snippet.in_text(text) for snippet in SNIPPETS.values() if snippet.document == number]
    covered = {line for start, end in ranges for line in range(start, end)}
    missed = [
        line for index, line in enumerate(text.splitlines()) if OURS.match(line) and index not in covered
    ]
    assert [line for line in missed if not re.fullmatch(r"\s*\.\w+\(\)", line)] == []


@WITH_DOCUMENTS
def test_the_paper_has_no_script() -> None:
    """The paper prints no code that uses mug, so there is nothing of it to run."""
    assert (
        re.search(r"^\s*(from mug|import mug)\b|GymScene\(\)|ExperimentConfig\(\)", _paper(), re.MULTILINE)
        is None
    )


def _paper() -> str:
    return document("004").read_text(encoding="utf-8")


def test_every_snippet_is_run_in_one_way() -> None:
    """Each snippet belongs to exactly one group, and each copy to a snippet."""
    groups = (
        documents.SCRIPTS,
        documents.SCENES,
        documents.METHODS,
        documents.CONFIGS,
        documents.SUPPORT,
        documents.SKETCHES,
    )
    grouped = [key for group in groups for key in group]
    assert sorted(grouped) == sorted(SNIPPETS)
    assert {path.stem for path in COPIES.iterdir()} == set(SNIPPETS)
