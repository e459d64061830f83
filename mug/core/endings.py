"""How participants finish: completed with a code or an address, or abandoned."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from mug.components import Completion, StoreError
from mug.core.experiment import Experiment
from mug.core.journal import Journal
from mug.core.moves import completed
from mug.core.state import Participant

log = logging.getLogger(__name__)

COMPLETION_SECONDS = 15.0
"""How long plugins may take to complete a participant, before they are asked again."""
RETRY_SECONDS = 1.0
SETTLE_SECONDS = 60.0
"""How long a page may take to send what it still has, before its participant is completed without that."""


class Endings:
    """Records how participants finish, and asks and tells plugins about it.

    ``finished`` is called with a participant whose ending is stored; ``waits`` with one whose ending
    cannot be stored at the moment.
    """

    def __init__(
        self,
        experiment: Experiment,
        journal: Journal,
        finished: Callable[[Participant], None],
        waits: Callable[[Participant], None],
    ) -> None:
        self._experiment = experiment
        self._journal = journal
        self._finished = finished
        self._waits = waits
        self._completing: set[str] = set()
        self._settling: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def reached(self, participant: Participant) -> None:
        """A participant's page shows an ending: they are completed when it has sent everything it had."""
        if participant.id not in self._settling and participant.id not in self._completing:
            late = asyncio.get_running_loop().call_later(SETTLE_SECONDS, self._unsettled, participant)
            self._settling[participant.id] = late

    def settled(self, participant: Participant) -> None:
        """A participant's page at an ending says that everything is sent."""
        timer = self._settling.pop(participant.id, None)
        if timer is not None:
            timer.cancel()
            self.complete(participant)

    def _unsettled(self, participant: Participant) -> None:
        log.warning("participant %s ended while their page still had something", participant.subject_id)
        self.settled(participant)

    def complete(self, participant: Participant) -> None:
        """Complete a participant who has reached an ending: plugins decide how."""
        if participant.id not in self._completing and not participant.finished:
            self._completing.add(participant.id)
            self._run(self._ask_plugins(participant))

    def abandoned(self, participant: Participant) -> None:
        """Tell plugins that a participant is gone; that they are is stored already."""
        told = self._experiment.plugins.notify_async(
            "mug_abandon", experiment=self._experiment, participant=participant, reason="away"
        )
        self._run(told)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask_plugins(self, participant: Participant) -> None:
        outcome = participant.entered_by or self._experiment.scenes[participant.scene_id].outcome
        completion = await self._completion(participant, outcome)
        if completion is None:
            completion = self._experiment.plain_completion(participant, outcome)
        await self._record_when_possible(participant, outcome, completion)
        self._completing.discard(participant.id)

    async def _completion(self, participant: Participant, outcome: str) -> Completion | None:
        """Ask plugins, again and again while one cannot store what it has to: no code is given before.

        One that takes too long may have met a slow disk, and is asked again too.
        """
        while True:
            try:
                async with asyncio.timeout(COMPLETION_SECONDS):
                    completion: Completion | None = await self._experiment.plugins.at_most_one_async(
                        "mug_complete", experiment=self._experiment, participant=participant, outcome=outcome
                    )
                    return completion
            except TimeoutError:
                log.error("a participant cannot be completed yet: a plugin takes too long")
            except Exception as error:
                if not isinstance(error.__cause__, StoreError):
                    log.exception("a plugin could not complete a participant, who sees no code")
                    return Completion()
                log.error("a participant cannot be completed yet: %s", error.__cause__)
            self._waits(participant)
            await asyncio.sleep(RETRY_SECONDS)

    async def _record_when_possible(
        self, participant: Participant, outcome: str, completion: Completion
    ) -> None:
        while True:
            try:
                self._journal.write(completed(participant, outcome, completion))
                self._finished(participant)
                return
            except StoreError as error:
                log.error("a completion could not be recorded and is tried again: %s", error)
                self._waits(participant)
            await asyncio.sleep(RETRY_SECONDS)
