"""Who is let in: newcomers, and people who come back."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence

import attrs

from mug.components import Completion, Identity, Refusal
from mug.core.experiment import Experiment
from mug.core.flow import Flow
from mug.core.state import State
from mug.errors import PluginError
from mug.outcomes import ABANDONED, SCREENED_OUT

log = logging.getLogger(__name__)

PLUGIN_SECONDS = 15.0
"""How long plugins may take to identify, or to screen, or to complete a newcomer."""
FULL = Refusal("This study has no free places at the moment. Thank you for your interest.")
NOT_IDENTIFIED = Refusal("Something went wrong here. Please try again in a moment.")
ELSEWHERE = Refusal(
    "You have begun this study in another browser or on another device. Please go on there."
    " If that is not possible, please contact the researchers.",
    heading="Please go on where you began",
)
AGAIN = Refusal(
    "You have taken part in this study already, and it can be done only once. Thank you!",
    heading="You have taken part already",
)


@attrs.frozen
class Visitor:
    """Somebody whose page asks to be let in.

    Attributes:
        labels: the parameters in the address with which they came; untrusted.
        known: the participants whom their browser has a token of, the surest first.
        page: a secret that their page made up, the same each time it asks; empty when it has none.
        begun: whether they have pressed the button to begin.
    """

    labels: Mapping[str, str]
    known: Sequence[str] = ()
    page: str = ""
    begun: bool = False


@attrs.frozen
class Invitation:
    """A newcomer becomes a participant when they press a button: until then nothing is recorded."""


@attrs.frozen
class TurnedAway:
    """A newcomer is not let in; the code, if there is one, is for their recruitment service.

    ``for_now`` is whether it may be another thing in a moment: their page asks again by itself.
    """

    refusal: Refusal
    code: str | None = None
    for_now: bool = False


class Reception:
    """Admits participants to one experiment."""

    def __init__(self, experiment: Experiment, state: State, flow: Flow, limit: int | None) -> None:
        self._experiment = experiment
        self._state = state
        self._flow = flow
        self._limit = limit

    async def admit(self, visitor: Visitor) -> str | Invitation | TurnedAway:
        """Return the id of the participant that a visitor is, or becomes, or why they are none.

        Raises:
            StoreError: that they are one could not be recorded.
        """
        held = self._held(visitor)
        if held and not visitor.labels:
            return held[0]
        identity = await self._identify(visitor.labels)
        if identity is None or (isinstance(identity, Identity) and not identity.person):
            if held:
                return held[0]
        elif isinstance(identity, Identity) and identity.person in self._state.persons:
            return self._come_back(identity, held)
        if isinstance(identity, Refusal):
            return TurnedAway(identity, for_now=identity is NOT_IDENTIFIED)
        return await self._newcomer(visitor, identity)

    def _held(self, visitor: Visitor) -> list[str]:
        """The participants whom a browser can show to be: by tokens, or by having asked for them before."""
        by_page = self._state.pages.get(_hash(visitor.page)) if visitor.page else None
        held = [*visitor.known, *([by_page] if by_page else [])]
        return [participant for participant in held if participant in self._state.participants]

    def _come_back(self, identity: Identity, held: Sequence[str]) -> str | TurnedAway:
        """Decide about a person who is a participant already. To know a name proves nothing."""
        participant = self._state.participants[self._state.persons[identity.person]]
        if participant.id not in held and not identity.proven:
            return TurnedAway(ELSEWHERE)
        if identity.entry != participant.entry:
            if participant.finished and participant.outcome != ABANDONED:
                return TurnedAway(AGAIN)
            self._flow.reenter(participant.id, identity)
        return participant.id

    async def _newcomer(self, visitor: Visitor, identity: Identity | None) -> str | Invitation | TurnedAway:
        if self._full():
            return TurnedAway(FULL)
        if identity is not None and not visitor.begun:
            return Invitation()
        named = Identity(visitor.labels) if identity is None else identity
        newcomer = Newcomer(named.labels)
        refusal = await self._screen(newcomer)
        if refusal is not None:
            return await self._screened_out(newcomer, refusal)
        # While plugins were asked, others may have come, or the same person by another request.
        if self._full():
            return TurnedAway(FULL)
        if named.person in self._state.persons:
            return self._come_back(named, self._held(visitor))
        return self._flow.arrive(named, _hash(visitor.page) if visitor.page else "").id

    def _full(self) -> bool:
        return self._limit is not None and self._flow.present_count() >= self._limit

    # ------------------------------------------------------------------------------------- plugins

    async def _identify(self, labels: Mapping[str, str]) -> Identity | Refusal | None:
        try:
            async with asyncio.timeout(PLUGIN_SECONDS):
                identity: Identity | Refusal | None = await self._experiment.plugins.at_most_one_async(
                    "mug_identify", experiment=self._experiment, request=Arrival(labels)
                )
                return identity
        except (PluginError, TimeoutError) as error:
            log.error("a newcomer could not be identified: %s", error or "the plugin took too long")
            return NOT_IDENTIFIED

    async def _screen(self, newcomer: Newcomer) -> Refusal | None:
        """Ask plugins whether they object to a newcomer; one that takes too long does not."""
        try:
            async with asyncio.timeout(PLUGIN_SECONDS):
                refusal: Refusal | None = await self._experiment.plugins.first_refusal_async(
                    "mug_screen", experiment=self._experiment, participant=newcomer
                )
                return refusal
        except TimeoutError:
            log.error("a newcomer is let in unscreened: a plugin took more than %.0f s", PLUGIN_SECONDS)
            return None

    async def _screened_out(self, newcomer: Newcomer, refusal: Refusal) -> TurnedAway:
        """Give somebody who is screened out the way back to where they came from."""
        if refusal.redirect is not None:
            return TurnedAway(refusal)
        completion: Completion | None = None
        try:
            async with asyncio.timeout(PLUGIN_SECONDS):
                completion = await self._experiment.plugins.at_most_one_async(
                    "mug_complete", experiment=self._experiment, participant=newcomer, outcome=SCREENED_OUT
                )
        except (PluginError, TimeoutError) as error:
            log.error("a newcomer is screened out without a code: %s", error or "the plugin took too long")
        if completion is None:
            return TurnedAway(refusal)
        text = " ".join(part for part in (refusal.text, completion.text) if part)
        return TurnedAway(attrs.evolve(refusal, text=text, redirect=completion.redirect), completion.code)


class Arrival:
    """The request with which somebody arrived, as hooks see it."""

    def __init__(self, args: Mapping[str, str]) -> None:
        self.args = args


class Newcomer:
    """Somebody who is not a participant yet, as hooks see them."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.subject_id = ""
        self.labels = labels
        self.facts: Mapping[str, object] = {}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:32]
