"""What the browser's half has to do as well: `examples.json`, which its own tests read too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mug_surveys.expressions import evaluate, parse
from mug_surveys.rules import complaint
from mug_surveys.texts import TEXTS
from mug_surveys.values import as_text

EXAMPLES = json.loads((Path(__file__).parent / "examples.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", EXAMPLES["expressions"], ids=lambda example: example["expression"])
def test_expressions(example) -> None:
    """An expression has this tree, and with these names this value."""
    tree = parse(example["expression"])
    assert tree == example["tree"]
    value = evaluate(tree, example["names"].get)
    assert value == example["value"]
    assert isinstance(value, bool) == isinstance(example["value"], bool)


@pytest.mark.parametrize("example", EXAMPLES["texts"], ids=lambda example: repr(example["value"]))
def test_texts(example) -> None:
    """A value reads like this in a text."""
    assert as_text(example["value"], "ja", "nein") == example["text"]


@pytest.mark.parametrize("example", EXAMPLES["rules"], ids=lambda example: example["question"]["type"])
def test_rules(example) -> None:
    """Of an answer to a question this is wrong, and there is a sentence for it."""
    for case in example["cases"]:
        found = complaint(example["question"], case["value"])
        assert (found and found.text) == case["complaint"], case
        assert found is None or found.text in TEXTS
