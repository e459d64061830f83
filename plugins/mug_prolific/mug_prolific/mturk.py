"""Mechanical Turk: a small page in its frame, from which the study opens in a tab of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

import mug
from mug.components import Completion, Refusal, Route
from mug.errors import Problem
from mug.facts import Experiment
from mug_prolific.bonus import Bonus
from mug_prolific.book import Book
from mug_prolific.frame_page import FramePage, Task
from mug_prolific.recruiter import Labels, Recruiter, labels_of

PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
"""What Mechanical Turk gives as the assignment of somebody who only looks at a task."""
PARAMETERS = ("workerId", "hitId", "assignmentId")
SITES = ("https://www.mturk.com", "https://workersandbox.mturk.com")
FRAMES = (*SITES, "https://worker.mturk.com")
GO_BACK = "Please go back to the tab with Mechanical Turk and press “Submit” there."


class MTurk(Recruiter):
    """Recruitment by Amazon Mechanical Turk.

    A task shows the page ``/-/prolific/task`` of the server in its frame. That page opens the study in a tab
    of its own, where it has the whole window, the keyboard and its cookies, and shows the button that submits
    the task once the study is over. Mechanical Turk may frame that page, and no other.

    Args:
        preview: what people read who look at the task before they accept it, as plain text.
        codes: a code for each outcome, which comes with the submitted task; drawn and kept when None.
        bonus: what people can earn beyond the reward, in ``"USD"``.
        again: whether somebody may take part a second time, by another assignment.
        only: whether nobody is let in who does not come from Mechanical Turk.
        sites: the addresses to which tasks may be submitted.
        frames: the addresses that may show the page in a frame.
    """

    name: ClassVar[str] = "mturk"
    title: ClassVar[str] = "Mechanical Turk"

    def __init__(
        self,
        *,
        preview: str = "You will take part in an online study that opens in a new tab.",
        codes: Mapping[str, str] | None = None,
        bonus: Bonus | None = None,
        again: bool = False,
        only: bool = True,
        sites: Sequence[str] = SITES,
        frames: Sequence[str] = FRAMES,
    ) -> None:
        super().__init__(codes=codes, bonus=bonus, again=again, only=only)
        self._preview = preview
        self._sites = tuple(sites)
        self._frames = tuple(frames)

    async def who(self, args: Mapping[str, str]) -> Labels | Refusal | None:
        """Read the parameters of the link; a preview leads nowhere."""
        if "assignmentId" not in args:
            return None
        if args["assignmentId"] == PREVIEW:
            return Refusal("Please accept the task first.", heading="This is a preview")
        if not all(args.get(name) for name in PARAMETERS):
            return self.incomplete()
        return labels_of(self.name, *(args[name] for name in PARAMETERS))

    def way_back(self, labels: Mapping[str, str], outcome: str, code: str) -> Completion:
        """Send people to the tab from which they came: the task is submitted there."""
        return Completion(text=GO_BACK)

    def own_problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the settings of Mechanical Turk alone."""
        if isinstance(self.bonus, Bonus) and self.bonus.currency != "USD":
            what = f"Mechanical Turk pays in US dollars, and the bonus is in {self.bonus.currency}"
            yield Problem("MTurk(bonus=)", what, 'write Bonus("USD", …)')
        if not isinstance(self._preview, str) or not self._preview.strip():
            yield Problem("MTurk(preview=)", f"preview must be a text, got {self._preview!r}")

    @mug.hookimpl
    def mug_routes(self, experiment: Experiment) -> Iterable[Route]:
        """Serve the page in the frame, its script, and what it asks."""
        page = FramePage(
            title=getattr(experiment, "title", "") or "Study",
            preview=self._preview,
            sites=self._sites,
            frames=self._frames,
            script=Path(__file__).parent / "static" / "client.js",
        )

        book = Book(experiment.data_dir)

        async def ended(args: Mapping[str, str]) -> Task:
            return await asyncio.to_thread(self._task, book, args)

        return page.routes(ended)

    def _task(self, book: Book, args: Mapping[str, str]) -> Task:
        """Return how it stands with somebody's task, from the parameters of the frame."""
        assignment = args.get("assignmentId", "")
        if not all(args.get(name) for name in PARAMETERS) or assignment == PREVIEW:
            return Task()
        link = "../../?" + urlencode({name: args[name] for name in PARAMETERS})
        ended = book.accounts().ended.get(f"{self.name} {assignment}")
        if ended is None or ended.person != args["workerId"]:
            return Task(link=link)
        fields = {"assignmentId": assignment, "outcome": ended.outcome, "code": ended.code}
        return Task(link=link, fields=fields)
