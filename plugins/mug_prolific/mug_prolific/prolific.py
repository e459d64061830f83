"""Prolific: who comes by its links, and the codes and the address by which they go back."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import ClassVar

import mug
from mug.components import Completion, Refusal, Route
from mug.errors import Problem
from mug.facts import Experiment
from mug_prolific.bonus import Bonus
from mug_prolific.recruiter import Labels, Recruiter, labels_of
from mug_prolific.secured import PARAMETERS, LinkVerifier, NotProven
from mug_prolific.templates import fill, template_problems
from mug_prolific.watch import Watch
from mug_prolific.webhooks import webhook

log = logging.getLogger("mug_prolific")

API = "https://api.prolific.com/api/v1/"
BACK = "https://app.prolific.com/submissions/complete?cc={code}"
TOKEN_PARAMETER = "prolific_token"


class Prolific(Recruiter):
    """Recruitment by Prolific.

    Args:
        codes: the study's completion code for each outcome, and ``"otherwise"`` for those left out; drawn and
            kept beside the data when None, for a study that ``mug prolific create`` makes.
        bonus: what people can earn beyond the reward.
        secured_for: this site's host name, ``"study.example.org"``, when the study has a secured external
            URL: then only links that Prolific has signed lead in, and people can go on in any browser.
        again: whether somebody may take part a second time, by another submission.
        only: whether nobody is let in who does not come from Prolific.
        approve: whether the server approves those who completed as soon as Prolific waits for it.
        check_every: how often, in minutes, the server compares what Prolific says with what it knows.
        api: the address of Prolific's API.
        back: the address by which people go back, with a place for ``{code}``.

    With ``PROLIFIC_TOKEN`` in its environment the server watches the study's submissions, and with
    ``PROLIFIC_WEBHOOK_SECRET`` it takes Prolific's webhooks.
    """

    name: ClassVar[str] = "prolific"
    title: ClassVar[str] = "Prolific"

    def __init__(
        self,
        *,
        codes: Mapping[str, str] | None = None,
        bonus: Bonus | None = None,
        secured_for: str | None = None,
        again: bool = False,
        only: bool = True,
        approve: bool = False,
        check_every: float = 10,
        api: str = API,
        back: str = BACK,
    ) -> None:
        super().__init__(codes=codes, bonus=bonus, again=again, only=only)
        self.api = api
        self.secured_for = secured_for
        self._back = back
        self._check_every = check_every
        self._verifier: LinkVerifier | None = None
        self._watch = Watch(api, approve=approve, seconds=60.0 * check_every)
        if secured_for:
            site = re.match(r"https?://[^/]+", api)
            self._verifier = LinkVerifier(
                f"{site[0] if site else ''}/.well-known/study/jwks.json", secured_for
            )

    async def who(self, args: Mapping[str, str]) -> Labels | Refusal | None:
        """Read the parameters of a link, or what its signed token says."""
        ids = {name: args.get(name, "") for name in PARAMETERS}
        token = args.get(TOKEN_PARAMETER, "")
        if not token and not any(ids.values()):
            return None
        if self._verifier is not None:
            try:
                proven = await self._verifier.verify(token)
                if any(ids[name] not in ("", proven[name]) for name in PARAMETERS):
                    raise NotProven("the link has other ids than its token")
            except NotProven as reason:
                log.warning("a link was not let in: its token proves nothing: %s", reason)
                return self.incomplete()
            ids = dict(proven)
        if not all(ids.values()):
            return self.incomplete()
        return labels_of(self.name, *(ids[name] for name in PARAMETERS))

    def proves(self, labels: Labels) -> bool:
        """Whether Prolific signed the link."""
        return self._verifier is not None

    def way_back(self, labels: Mapping[str, str], outcome: str, code: str) -> Completion:
        """Send people back with their code."""
        return Completion(code, fill(self._back, {**labels, "code": code}))

    def own_problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the settings of Prolific alone."""
        host = self.secured_for
        if host is not None and not re.fullmatch(r"[A-Za-z0-9.-]+", host):
            what = f"secured_for must be a host name, got {host!r}"
            yield Problem("Prolific(secured_for=)", what, 'write secured_for="study.example.org"')
        if not isinstance(self._check_every, int | float) or not 1 <= self._check_every <= 1440:
            what = f"check_every must be minutes from 1 to 1440, got {self._check_every!r}"
            yield Problem("Prolific(check_every=)", what, "write check_every=10")
        yield from template_problems(self._back, "Prolific(back=)")
        if "{code}" not in str(self._back):
            yield Problem("Prolific(back=)", f"{self._back!r} has no place for {{code}}")

    @mug.hookimpl
    def mug_routes(self, experiment: Experiment) -> Iterable[Route]:
        """Take Prolific's webhooks."""
        return [Route("webhook", webhook(self._watch), ("POST",))]

    @mug.hookimpl
    def mug_lifespan(self, experiment: Experiment) -> AbstractAsyncContextManager[None]:
        """Compare what Prolific says with what is known here, while the server runs."""
        return self._watch.running(experiment)

    @mug.hookimpl
    def mug_health(self) -> Mapping[str, object]:
        """Report how many submissions have which status."""
        return self._watch.figures()
