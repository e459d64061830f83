"""Every sentence that mug itself says in a survey, in English; a script can say them in other words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, str]] = {
    "continue": "Continue",
    "back": "Back",
    "check": "Check my answers",
    "page": "Page {number} of {pages}",
    "optional": "optional",
    "yes": "Yes",
    "no": "No",
    "choose": "Please choose",
    "at_most": "Choose up to {most}.",
    "rank_how": "Press the answers in your order, beginning with the first.",
    "rank_place": "Place {place}",
    "rank_none": "No place yet",
    "rank_again": "Start again",
    "slide_how": "Press the line, or use the arrow keys.",
    "slide_none": "No answer yet",
    "left": "{count} characters left",
    "one_problem": "Please look at one question again.",
    "several_problems": "Please look at these questions again.",
    "required": "Please answer this question.",
    "agree": "Please tick this to go on.",
    "too_short": "Please write at least {least} characters.",
    "too_long": "Please write at most {most} characters.",
    "too_much": "These answers are too long together. Please write less.",
    "not_text": "This text has characters that cannot be stored.",
    "email": "Please write an e-mail address, like name@example.org.",
    "pattern": "Please write this in the form that is asked for.",
    "number": "Please write a number in digits, such as 1000 or 2.5.",
    "whole": "Please write a whole number in digits, such as 1000.",
    "too_small": "Please write a number of at least {minimum}.",
    "too_large": "Please write a number of at most {maximum}.",
    "range": "Please write a number from {minimum} to {maximum}.",
    "option": "Please choose from the answers that are there.",
    "too_few": "Please choose at least {least}.",
    "too_many": "Please choose at most {most}.",
    "exclusive": "One of these answers cannot go together with others.",
    "rows": "Please answer every line.",
    "rank": "Please give every answer a place.",
    "rank_some": "Please give {most} answers a place.",
    "date": "Please give a date that exists.",
    "date_early": "Please give a date from {minimum} on.",
    "date_late": "Please give a date up to {maximum}.",
    "quiz_wrong": "This is not right yet.",
    "quiz_again": "Not everything is right yet. Please try again.",
    "quiz_last": "Not everything is right yet. You can try once more.",
    "quiz_left": "Not everything is right yet. You can try {left} more times.",
    "consent_agree": "I agree",
    "consent_decline": "I do not agree",
    "consent_sure": "Do you really not want to take part? The study then ends here for you.",
    "consent_end": "End the study",
    "consent_return": "Go back",
}


def said(texts: Mapping[str, str], name: str, values: Mapping[str, str] | None = None) -> str:
    """Return a text with its values filled in."""
    text = texts[name]
    for key, value in (values or {}).items():
        text = text.replace(f"{{{key}}}", value)
    return text
