"""A plugin for a department's participant pool: everybody has a number, and may take part once."""

import logging

import mug
from mug.components import Completion, Identity, Refusal

log = logging.getLogger("pool")


class Pool:
    def __init__(self, thanks="https://pool.example.edu/done"):
        self.thanks = thanks
        self.seen = set()

    @mug.hookimpl
    def mug_identify(self, request):
        number = request.args.get("pool_number", "")
        return Identity({"pool_number": number}) if number.isdigit() else None

    @mug.hookimpl
    async def mug_screen(self, participant):
        number = participant.labels.get("pool_number")
        if number in self.seen:
            return Refusal("You have already taken part in this study. Thank you!")
        self.seen.add(number)
        return None

    @mug.hookimpl
    def mug_complete(self, participant, outcome):
        number = participant.labels.get("pool_number")
        return Completion(redirect=f"{self.thanks}?number={number}&outcome={outcome}") if number else None

    @mug.hookimpl
    async def mug_abandon(self, participant, reason):
        log.info("participant %s will not finish: %s", participant.subject_id, reason)


plugin = Pool()
