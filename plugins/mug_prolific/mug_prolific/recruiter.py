"""What all recruitment services have in common: who comes, how they go back, what is written down."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import mug
from mug.components import Completion, Identity, Refusal, StoreError
from mug.errors import Problem
from mug.facts import Experiment, Participant
from mug_prolific.bonus import Bonus
from mug_prolific.book import Book, Ended, Owed
from mug_prolific.codes import code_for, code_problems, kept_codes

_ID = re.compile(r"(?!\.+$)[A-Za-z0-9._@+-]{1,100}")
"""What an id of a service looks like. One of dots alone would lead elsewhere within an address."""
RECRUITER = "recruiter"
"""The label that says which service somebody came from."""


class Labels(dict[str, str]):
    """Labels that a recruiter has given: the address of a page can have parameters of the same names."""


class Recruiter:
    """A recruitment service: a plugin object for ``ExperimentConfig().plugins(…)``.

    Args:
        codes: a code for each outcome; drawn and kept beside the data when None.
        bonus: what people can earn beyond the reward.
        again: whether somebody may take part a second time, by another invitation.
        only: whether nobody is let in who does not come from a recruitment service.
    """

    #: Which service this is, in labels and in the book.
    name: ClassVar[str] = ""
    #: What participants call it.
    title: ClassVar[str] = ""

    def __init__(
        self,
        *,
        codes: Mapping[str, str] | None = None,
        bonus: Bonus | None = None,
        again: bool = False,
        only: bool = True,
    ) -> None:
        self.bonus = bonus
        self._given_codes = codes
        self._again = again
        self._only = only
        self._codes: Mapping[str, str] = {}

    # ------------------------------------------------------------------------------ what services differ in

    async def who(self, args: Mapping[str, str]) -> Labels | Refusal | None:
        """Return the labels of somebody who comes with these parameters; None when they come from elsewhere.

        The labels are ``pid`` (the person), ``study`` and ``session`` (this invitation).
        """
        raise NotImplementedError

    def proves(self, labels: Labels) -> bool:
        """Whether the service has proven these labels."""
        return False

    def way_back(self, labels: Mapping[str, str], outcome: str, code: str) -> Completion:
        """Return what somebody gets at the end, without the sentence about their bonus."""
        raise NotImplementedError

    def own_problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the settings of this service alone."""
        return iter(())

    # ---------------------------------------------------------------------------------------------- codes

    def codes(self, experiment: Experiment) -> Mapping[str, str]:
        """Return the code of each outcome.

        Raises:
            MugError: those that were drawn cannot be read.
        """
        if self._given_codes is not None:
            return self._given_codes
        if not self._codes:
            self._codes = kept_codes(Book(experiment.data_dir).folder)
        return self._codes

    # ---------------------------------------------------------------------------------------------- hooks

    @mug.hookimpl
    def mug_check(self, experiment: Experiment) -> Iterator[Problem]:
        """Find what is wrong with the settings."""
        where = f"{type(self).__name__}(…)"
        yield from code_problems(self._given_codes, where)
        yield from self.own_problems()
        for scene_id, game in experiment.games.items():
            if getattr(game, "timeout_redirect_url", None):
                yield Problem(
                    f"scene '{scene_id}', .waitroom(timeout_redirect_url=)",
                    f"who waits too long would leave without {self.title} being told, and without a code",
                    'leave it out, and add a last EndScene with .ending(outcome="lobby_timeout")',
                )
        if self.bonus is not None:
            if isinstance(self.bonus, Bonus):
                yield from self.bonus.problems(f"{type(self).__name__}(bonus=Bonus(…))", experiment.games)
            else:
                yield Problem(where, f"bonus must be a Bonus, got {self.bonus!r}", "write bonus=Bonus(…)")

    @mug.hookimpl
    async def mug_identify(self, request: Any) -> Identity | Refusal | None:
        """Say who somebody is who comes by a link of this service."""
        labels = await self.who(request.args)
        if labels is None or isinstance(labels, Refusal):
            return labels
        if not all(_ID.fullmatch(labels[name]) for name in ("pid", "study", "session") if labels[name]):
            return self.incomplete()
        entry = f"{labels['study']} {labels['session']}"
        person = f"{self.name} {labels['pid']}" + (f" {entry}" if self._again else "")
        return Identity(labels, person=person, entry=entry, proven=self.proves(labels))

    def incomplete(self) -> Refusal:
        """Return what somebody reads whose link is not as the service makes it."""
        text = f"This link is not complete. Please go back to {self.title} and open the study from there."
        return Refusal(text, heading="Please open the study again")

    @mug.hookimpl
    def mug_screen(self, participant: Participant) -> Refusal | None:
        """Turn people away who come from nowhere, and those who only claim to come from a service."""
        labels = participant.labels
        if isinstance(labels, Labels) or (not self._only and RECRUITER not in labels):
            return None
        return self.incomplete()

    @mug.hookimpl
    async def mug_complete(
        self, experiment: Experiment, participant: Participant, outcome: str
    ) -> Completion | None:
        """Write down how somebody ended and what they have earned, and show them the way back."""
        labels = participant.labels
        if labels.get(RECRUITER) != self.name:
            return None
        code = code_for(self.codes(experiment), outcome)
        text = await asyncio.to_thread(self._write_down, experiment, participant, outcome, code)
        back = self.way_back(labels, outcome, code)
        return Completion(back.code, back.redirect, " ".join(part for part in (back.text, text) if part))

    def _write_down(self, experiment: Experiment, participant: Participant, outcome: str, code: str) -> str:
        labels = participant.labels
        entry, person, study = labels["session"] or labels["pid"], labels["pid"], labels["study"]
        ended = Ended(f"{self.name} {entry}", person, study, participant.subject_id, outcome, code)
        owed, text = None, ""
        if self.bonus is not None and participant.subject_id:
            earned = self.bonus.earned(participant.facts, outcome)
            lines = tuple((line.what, str(line.amount)) for line in earned.lines)
            owed = Owed(ended.entry, person, study, earned.amount, earned.currency, lines)
            text = earned.sentence()
        try:
            Book(experiment.data_dir).ended(ended, owed)
        except OSError as error:
            raise StoreError(f"the book of the recruitment cannot be written: {error.strerror}") from error
        return text


def labels_of(recruiter: str, pid: str, study: str, session: str) -> Labels:
    """Return the labels of somebody."""
    return Labels({RECRUITER: recruiter, "pid": pid, "study": study, "session": session})
