"""Ready questionnaires: data files with pages of questions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mug.configurations.kinds import found_path
from mug.configurations.settings import WrongValue, shown
from mug.errors import did_you_mean
from mug_surveys import choices, questions
from mug_surveys.pages import Item, Page
from mug_surveys.question import Question

FOLDER = Path(__file__).parent / "questionnaires"
TYPES: Mapping[str, type[Question]] = {
    kind.type: kind
    for module in (questions, choices)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Question) and kind.type
}
"""The classes of questions by the names that data files use."""


class Questionnaire:
    """The pages of a questionnaire that is kept in a file.

    Args:
        name: ``"demographics"``, ``"nasa_tlx_raw"`` or ``"partner_perception"``, which come with mug; or the
            path of a JSON file of your own.
        prefix: stands before the names of its questions, so that it can be used twice.
    """

    def __init__(self, name: object, prefix: object = "") -> None:
        self.name = name
        self.prefix = prefix

    def pages(self, folder: Path | None) -> list[Page]:
        """Read the file and return its pages.

        Raises:
            WrongValue: there is no such questionnaire, or the file holds none.
        """
        if not isinstance(self.prefix, str) or not re.fullmatch("[A-Za-z0-9_-]{0,50}", self.prefix):
            raise WrongValue(f"the prefix {shown(self.prefix)} must be letters, digits, '_' and '-'")
        path = self._path(folder)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            names = [item["name"] for page in content["pages"] for item in page["items"] if "name" in item]
            return [self._page(page, names) for page in content["pages"]]
        except (OSError, ValueError) as error:
            raise WrongValue(f"the questionnaire {path.name!r} cannot be read: {error}") from None
        except (KeyError, TypeError, AttributeError) as error:
            what = f"the questionnaire {path.name!r} is not of the form that is expected: {error!r}"
            fix = 'it needs {"pages": [{"items": [{"type": …, "name": …, "text": …}]}]}'
            raise WrongValue(what, fix=fix) from None

    def _path(self, folder: Path | None) -> Path:
        name = self.name
        if not isinstance(name, str | Path) or not str(name):
            raise WrongValue(f"{shown(name)} is no name of a questionnaire")
        own = FOLDER / f"{name}.json"
        if str(name).isidentifier():
            if own.is_file():
                return own
            known = [file.stem for file in sorted(FOLDER.glob("*.json"))]
            fix = (
                did_you_mean(str(name), known) or f"there are {', '.join(known)}; or give the path of a file"
            )
            raise WrongValue(f"there is no questionnaire {str(name)!r}", fix=fix)
        path = found_path(name, folder)
        if not path.is_file():
            raise WrongValue(f"there is no file {str(name)!r}", fix=f"looked for {path}")
        return path

    def _page(self, page: Mapping[str, Any], names: list[str]) -> Page:
        settings = {key: self._renamed(value, names) for key, value in page.items() if key != "items"}
        return Page(*(self._item(item, names) for item in page["items"]), **settings)

    def _item(self, item: Mapping[str, Any], names: list[str]) -> Item:
        settings = {key: self._renamed(value, names) for key, value in item.items() if key != "type"}
        if item["type"] == "note":
            return questions.Note(**settings)
        if item["type"] not in TYPES:
            close = did_you_mean(str(item["type"]), TYPES) or f"the types are {', '.join(sorted(TYPES))}"
            raise WrongValue(f"there is no type of question {item['type']!r}", fix=close)
        settings["name"] = f"{self.prefix}{item['name']}"
        return TYPES[item["type"]](**settings)

    def _renamed(self, value: Any, names: list[str]) -> Any:
        """Put the prefix before the questionnaire's own names in a text or a condition."""
        if not isinstance(value, str) or not self.prefix:
            return value
        own = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
        return (
            re.sub(rf"\{{\s*({own})(?=[\s.}}])", lambda found: f"{{{self.prefix}{found[1]}", value)
            if own
            else value
        )
