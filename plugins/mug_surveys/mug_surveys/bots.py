"""Answers for participants who are programs: in tests, and to try a study out."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from mug_surveys.expressions import evaluate
from mug_surveys.rules import complaint
from mug_surveys.values import truth

Definition = Mapping[str, Any]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def answers_for(page: Mapping[str, Any], seed: int = 0, **wanted: Any) -> dict[str, Any]:
    """Return answers with which the page of a survey can be left: what ``HeadlessParticipant.advance`` takes.

    Args:
        page: the page as a participant gets it: ``participant.scene["page"]``.
        seed: what the answers are drawn from.
        **wanted: answers to questions by name. A quiz needs them: its page does not know what is right.

    Raises:
        ValueError: an answer that fits a question could not be made up, such as a text of a certain form.
    """
    chance = random.Random(seed)
    answers: dict[str, Any] = {"agreed": True} if "consent" in page else {}
    given: dict[str, Any] = {}
    own = {item["name"] for item in page["items"]}

    def value(name: str) -> object:
        if name in own:
            return given.get(name)
        if name in page["known"]:
            return page["known"][name]
        whole, _, part = name.rpartition(".")
        found = value(whole) if whole else None
        return found.get(part) if isinstance(found, Mapping) else None

    for item in page["items"]:
        if item["type"] != "note" and (item["when"] is None or truth(evaluate(item["when"], value))):
            name = item["name"]
            given[name] = wanted[name] if name in wanted else _made_up(item, chance)
            if name not in wanted and complaint(item, given[name]):
                raise ValueError(f"no answer to '{name}' could be made up: give one, {name}=…")
    return answers | given | {"$step": page["step"]}


def _made_up(question: Definition, chance: random.Random) -> Any:
    if not question["required"] and chance.random() < 0.3:
        return None
    return _ANSWERS[question["type"]](question, chance)


def _text(question: Definition, chance: random.Random) -> str:
    if question["format"] == "email":
        return "bot@example.org"
    length = max(question["least"], min(question["most"], chance.randint(1, 40)))
    return "".join(chance.choices(_LETTERS, k=length))


def _number(question: Definition, chance: random.Random) -> float:
    low, high = question["minimum"], question["maximum"]
    if low is None:
        low = 0.0 if high is None else high - 100
    if high is None:
        high = low + 100
    if math.ceil(low) <= math.floor(high):
        return float(chance.randint(math.ceil(low), math.floor(high)))
    return chance.uniform(low, high)


def _slider(question: Definition, chance: random.Random) -> float:
    steps = int((question["maximum"] - question["minimum"]) / question["step"])
    return float(question["minimum"] + chance.randint(0, steps) * question["step"])


def _option(question: Definition, chance: random.Random) -> Any:
    return chance.choice(question["options"])["value"]


def _options(question: Definition, chance: random.Random) -> list[Any]:
    together = [option["value"] for option in question["options"] if not option.get("exclusive")]
    most = min(question["most"] or len(together), len(together))
    return chance.sample(together, chance.randint(min(max(question["least"], 1), most), most))


def _matrix(question: Definition, chance: random.Random) -> dict[str, Any]:
    return {line["value"]: _option(question, chance) for line in question["lines"]}


def _ranking(question: Definition, chance: random.Random) -> list[Any]:
    values = [option["value"] for option in question["options"]]
    return chance.sample(values, question["most"] or len(values))


def _date(question: Definition, chance: random.Random) -> str:
    first = date.fromisoformat(question["minimum"] or "1950-01-01")
    last = date.fromisoformat(question["maximum"]) if question["maximum"] else max(first, date(2020, 1, 1))
    first = min(first, last)
    return (first + timedelta(days=chance.randint(0, (last - first).days))).isoformat()


_ANSWERS: Mapping[str, Callable[[Definition, random.Random], Any]] = {
    "text": _text,
    "long_text": _text,
    "number": _number,
    "slider": _slider,
    "date": _date,
    "agree": lambda question, chance: True,
    "yes_no": _option,
    "choice": _option,
    "dropdown": _option,
    "likert": _option,
    "choices": _options,
    "matrix": _matrix,
    "ranking": _ranking,
}
