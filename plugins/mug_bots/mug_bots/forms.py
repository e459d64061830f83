"""Filling in the form fields of a page: any fields, as HTML has them."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any, Final

import attrs
from playwright.async_api import Page

from mug_bots.answers import Wanted, answer

_ROUNDS: Final = 8
"""An answer can bring up further questions; those beyond so many rounds are left to the next attempt."""

_LOOK: Final = r"""() => {
  const root = document.querySelector("main");
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled;
  const label = (element) => {
    const own = element.labels?.[0] ?? element.closest("label")
      ?? element.querySelector(".sv-ranking-item__text");
    const name = element.getAttribute("aria-label") ?? own?.textContent ?? element.textContent ?? "";
    return name.trim();
  };
  const groups = new Map();
  const group = (key, kind, element) => {
    if (!groups.has(key)) {
      const question = element.closest("[data-question], [data-name]")?.dataset;
      const frame = element.closest("fieldset");
      const names = [question?.question ?? question?.name, element.name, element.id,
        ["radio", "checkbox"].includes(kind) ? frame?.querySelector("legend")?.textContent : label(element)];
      groups.set(key, { kind, elements: [], names: names.filter(Boolean).map((name) => name.trim()) });
    }
    groups.get(key).elements.push(element);
  };
  for (const element of root?.querySelectorAll("input, select, textarea") ?? []) {
    const box = element.role === "combobox";
    if (!seen(element) || (element.readOnly && !box) || element.closest('[data-testid="chat"]')) continue;
    const kind = box ? "combobox" : element.localName === "input" ? element.type
      : element.localName === "select" ? "select" : "text";
    if (["button", "submit", "reset", "image", "file", "password", "hidden"].includes(kind)) continue;
    const together = ["radio", "checkbox"].includes(kind) && element.name !== "";
    const frame = kind === "checkbox" && element.closest('fieldset[role="group"]');
    group(frame || (together ? `${kind} ${element.name}` : element), kind, element);
  }
  for (const element of root?.querySelectorAll(".survey-ranked, .sv-ranking-item") ?? []) {
    if (seen(element)) group(element.closest("[data-question], [data-name]") ?? root, "order", element);
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
_OPEN: Final = r"""async (place) => {
  const [box] = window.mugBotFields[place].elements;
  const options = () => [...document.getElementById(box.getAttribute("aria-controls"))
    ?.querySelectorAll('[role="option"]') ?? []].filter((one) => one.checkVisibility());
  if (options().length === 0) box.click();
  for (let tries = 0; tries < 20 && options().length === 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  window.mugBotFields[place].options = options();
  return options().map((one) => ({ value: one.textContent.trim(), label: one.textContent.trim() }));
}"""
"""Opens a box with a list of options, as pages make them without ``select``, and returns these."""

_FILL: Final = r"""async ([place, answer]) => {
  const { kind, elements } = window.mugBotFields[place];
  const [first] = elements;
  const tell = (element, ...types) => {
    for (const type of types) element.dispatchEvent(new Event(type, { bubbles: type !== "blur" }));
  };
  const press = async (element, key) => {
    element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await new Promise((resolve) => setTimeout(resolve, 60));
  };
  window.mugBotDone.add(first);
  if (kind === "radio") elements[answer[0]].click();
  else if (kind === "checkbox") {
    elements.forEach((element, index) => {
      if (element.checked && !answer.includes(index)) element.click();
    });
    for (const index of answer) if (!elements[index].checked) elements[index].click();
  } else if (kind === "order" && first.matches(".sv-ranking-item")) {
    const all = first.closest("[data-name]");
    const items = () => [...all.querySelectorAll(".sv-ranking-item")];
    const label = (one) => one.querySelector(".sv-ranking-item__text").textContent;
    const labels = elements.map(label);
    const place = (wanted) => items().findIndex((one) => label(one) === wanted);
    // pressed at least once: an order that nobody touched is no answer
    await press(first, "ArrowDown");
    for (const [target, index] of answer.entries()) {
      for (let at = place(labels[index]); at > target; at--) await press(items()[at], "ArrowUp");
    }
  } else if (kind === "order") {
    for (const index of answer) {
      if (!elements[index].classList.contains("survey-chosen")) elements[index].click();
    }
  } else if (kind === "combobox") {
    for (const index of answer) window.mugBotFields[place].options[index].click();
    if (first.ariaExpanded === "true") first.click();
  } else if (kind === "select") {
    const options = [...first.options].filter((one) => one.value !== "" && !one.disabled);
    for (const index of answer) options[index].selected = true;
    tell(first, "input", "change", "blur");
  } else {
    const shape = first.localName === "textarea" ? HTMLTextAreaElement : HTMLInputElement;
    tell(first, "keydown");
    Object.getOwnPropertyDescriptor(shape.prototype, "value").set.call(first, answer);
    tell(first, "input", "change", "keyup", "blur");
  }
}"""


@attrs.define(eq=False)
class FormFiller:
    """One bot's answers to the fields of its pages.

    Args:
        wanted: what a researcher wants to be answered.
        chance: what all others are drawn from.
    """

    _wanted: Wanted
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
                if field["kind"] == "combobox":
                    field["options"] = await page.evaluate(_OPEN, place)
                if field["kind"] in ("select", "combobox") and not field["options"]:
                    continue
                given = answer(field, self._refused[key], self._wanted, self._chance)
                await page.evaluate(_FILL, [place, given])
