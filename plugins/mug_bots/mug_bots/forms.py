"""Filling in the form fields of a page: any fields, as HTML has them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import attrs
from playwright.async_api import Page

from mug_bots.answers import answer

_ROUNDS: Final = 8
"""An answer can bring up further questions; those beyond so many rounds are left to the next attempt."""

_LOOK: Final = r"""() => {
  const root = document.querySelector("main");
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled;
  const label = (element) => {
    const own = element.labels?.[0] ?? element.closest("label");
    const name = element.getAttribute("aria-label") ?? own?.textContent ?? element.textContent ?? "";
    return name.trim();
  };
  const groups = new Map();
  const group = (key, kind, element) => {
    if (!groups.has(key)) {
      const question = element.closest("[data-question]");
      const frame = element.closest("fieldset");
      const names = [question?.dataset.question, element.name, element.id,
        ["radio", "checkbox"].includes(kind) ? frame?.querySelector("legend")?.textContent : label(element)];
      groups.set(key, { kind, elements: [], names: names.filter(Boolean).map((name) => name.trim()) });
    }
    groups.get(key).elements.push(element);
  };
  for (const element of root?.querySelectorAll("input, select, textarea") ?? []) {
    if (!seen(element) || element.readOnly || element.closest('[data-testid="chat"]')) continue;
    const kind = element.localName === "input" ? element.type
      : element.localName === "select" ? "select" : "text";
    if (["button", "submit", "reset", "image", "file", "password", "hidden"].includes(kind)) continue;
    const together = ["radio", "checkbox"].includes(kind) && element.name !== "";
    group(together ? `${kind} ${element.name}` : element, kind, element);
  }
  for (const element of root?.querySelectorAll(".survey-ranked") ?? []) {
    if (seen(element)) group(element.closest("[data-question]") ?? root, "order", element);
  }
  window.mugBotFields = [...groups.values()];
  window.mugBotDone ??= new WeakSet();
  return window.mugBotFields.map(({ kind, elements, names }) => {
    const [first] = elements;
    const options = kind === "select" ? [...first.options].filter((one) => one.value !== "" && !one.disabled)
      : ["radio", "checkbox", "order"].includes(kind) ? elements : [];
    const wrong = elements.some((one) => one.matches('[aria-invalid="true"]'))
      || first.closest('[aria-invalid="true"], .survey-wrong') !== null;
    return {
      kind: kind === "search" ? "text" : kind, names, wrong,
      done: window.mugBotDone.has(first),
      min: first.min ?? "", max: first.max ?? "", step: first.step ?? "",
      minlength: first.getAttribute("minlength") ?? "", maxlength: first.getAttribute("maxlength") ?? "",
      options: options.map((one) => ({ value: one.value ?? "", label: label(one) })),
    };
  });
}"""
_FILL: Final = r"""([place, answer]) => {
  const { kind, elements } = window.mugBotFields[place];
  const [first] = elements;
  const tell = (element) => {
    for (const type of ["input", "change", "blur"]) {
      element.dispatchEvent(new Event(type, { bubbles: type !== "blur" }));
    }
  };
  window.mugBotDone.add(first);
  if (kind === "radio") elements[answer[0]].click();
  else if (kind === "checkbox") {
    elements.forEach((element, index) => {
      if (element.checked && !answer.includes(index)) element.click();
    });
    for (const index of answer) if (!elements[index].checked) elements[index].click();
  } else if (kind === "order") {
    for (const index of answer) {
      if (!elements[index].classList.contains("survey-chosen")) elements[index].click();
    }
  } else if (kind === "select") {
    const options = [...first.options].filter((one) => one.value !== "" && !one.disabled);
    for (const index of answer) options[index].selected = true;
    tell(first);
  } else {
    const shape = first.localName === "textarea" ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(shape.prototype, "value").set.call(first, answer);
    tell(first);
  }
}"""


@attrs.define(eq=False)
class FormFiller:
    """One bot's answers to the fields of its pages.

    Args:
        wanted: answers by field, in small letters.
        chance: what all others are drawn from.
    """

    _wanted: Mapping[str, str]
    _chance: random.Random
    _refused: Counter[tuple[str, str]] = attrs.field(factory=Counter)

    async def fill(self, page: Page, scene_id: str) -> None:
        """Answer what is not answered yet, and what the page refused, differently."""
        retried: set[tuple[str, ...]] = set()
        for _ in range(_ROUNDS):
            fields: list[dict[str, Any]] = await page.evaluate(_LOOK)
            due = [
                place
                for place, field in enumerate(fields)
                if not field["done"] or (field["wrong"] and tuple(field["names"]) not in retried)
            ]
            if not due:
                return
            for place in due:
                field = fields[place]
                key = (scene_id, "/".join(field["names"]))
                if field["wrong"]:
                    self._refused[key] += 1
                    retried.add(tuple(field["names"]))
                if field["kind"] == "select" and not field["options"]:
                    continue
                given = answer(field, self._refused[key], self._wanted, self._chance)
                await page.evaluate(_FILL, [place, given])
