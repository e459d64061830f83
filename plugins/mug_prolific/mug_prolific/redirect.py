"""Services that are satisfied with an address to send people back to: SONA, CloudResearch and others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from mug.components import Completion, Refusal
from mug.errors import Problem, did_you_mean
from mug.outcomes import ENDINGS
from mug_prolific.bonus import Bonus
from mug_prolific.codes import OTHERWISE, code_for
from mug_prolific.recruiter import Labels, Recruiter, labels_of
from mug_prolific.templates import fill, template_problems

PLACES = ("pid", "study", "session")


class Redirect(Recruiter):
    """A service that names people by parameters of the link, and takes them back by an address.

    Args:
        parameters: the names of the link's parameters, by what they stand for: ``{"pid": "survey_code"}``.
            ``pid`` is the person, ``study`` and ``session`` may be left out.
        addresses: where people go at the end: one address, or one for each outcome and ``"otherwise"`` for
            the others, with the places ``{pid}``, ``{study}``, ``{session}``, ``{code}`` and ``{outcome}``.
        codes: a code for each outcome; drawn and kept beside the data when None.
        bonus: what people can earn beyond the reward; you pay it with the list that the book gives.
        again: whether somebody may take part a second time.
        only: whether nobody is let in who does not come by such a link.
        title: what participants call the service.
    """

    name: ClassVar[str] = "redirect"

    def __init__(
        self,
        *,
        parameters: Mapping[str, str],
        addresses: str | Mapping[str, str],
        codes: Mapping[str, str] | None = None,
        bonus: Bonus | None = None,
        again: bool = False,
        only: bool = True,
        title: str = "the page with the list of studies",
    ) -> None:
        super().__init__(codes=codes, bonus=bonus, again=again, only=only)
        self.title = title  # type: ignore[misc]  # of each such service its own
        self._parameters = parameters
        self._addresses = {OTHERWISE: addresses} if isinstance(addresses, str) else addresses

    async def who(self, args: Mapping[str, str]) -> Labels | Refusal | None:
        """Read the parameters of the link."""
        if self._parameters["pid"] not in args:
            return None
        values = {place: args.get(self._parameters.get(place, ""), "") for place in PLACES}
        if not all(values[place] for place in self._parameters):
            return self.incomplete()
        return labels_of(self.name, values["pid"], values["study"], values["session"])

    def way_back(self, labels: Mapping[str, str], outcome: str, code: str) -> Completion:
        """Fill the address for the outcome; the code is for people to keep."""
        template = code_for(self._addresses, outcome)
        address = fill(template, {**labels, "code": code, "outcome": outcome}) if template else None
        return Completion(code or None, address)

    def own_problems(self) -> Iterator[Problem]:
        """Yield what is wrong with parameters and addresses."""
        for place in self._parameters:
            if place not in PLACES:
                what = f"parameters has no place {place!r}"
                yield Problem("Redirect(parameters=)", what, did_you_mean(place, PLACES))
        if not self._parameters.get("pid"):
            what = "there is no parameter that tells people apart"
            yield Problem("Redirect(parameters=)", what, 'write parameters={"pid": "…"}')
        for outcome, template in self._addresses.items():
            if outcome not in (*ENDINGS, OTHERWISE):
                fix = did_you_mean(outcome, (*ENDINGS, OTHERWISE))
                yield Problem("Redirect(addresses=)", f"there is no outcome {outcome!r}", fix)
            yield from template_problems(template, f"Redirect(addresses=), for {outcome!r}")
