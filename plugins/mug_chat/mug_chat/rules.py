"""What may be said in a scene: by whom, to whom, when, how long and how often."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import attrs

from mug.errors import Problem, did_you_mean
from mug_chat.messages import Kind, Moderation
from mug_chat.partners import Partner

When = Literal["always", "playing", "between"]
LONGEST: Final = 2000
"""Characters that a message may have at most, whatever a script says."""
MOST_PER_MINUTE: Final = 120


@attrs.frozen(kw_only=True, eq=False)
class ChatRules:
    """The rules of one game scene.

    Attributes:
        lobby: whether those who wait for the game write to each other.
        game: whether those who play it do.
        text: whether they write freely; otherwise they choose among quick messages and emotes.
        quick_messages: sentences to send with one press.
        emotes: emoji to send with one press.
        to: who reaches whom in the game: agent ids by the agent id of who writes. Without it, all reach all.
        when: in the game, ``"always"``, only ``"playing"`` a round, or only ``"between"`` the rounds.
        max_length: how many characters a message may have.
        per_minute: how many messages somebody may send in a minute.
        typing: whether others see that somebody is typing.
        names: what people are called, by agent id; "Player 1" and so on when left out.
        moderate: is called with each `Draft`, and returns the text to deliver, None to drop it, or a `Refuse`
            or a `Mute` with a reason. It must not take time. When it fails, nothing is delivered.
        partners: programs that read and answer, by the agent id whose seat a policy fills.
        partner_timeout: how many seconds a partner may take to answer.
        partner_fallback: what a partner says when it fails or takes too long; nothing when None.
        observed: whether the environment is told what is said in the game, before its next step: its method
            ``receive_message(sender, text, to)`` is called. Only where the server steps the environment.
    """

    lobby: bool = False
    game: bool = True
    text: bool = True
    quick_messages: Sequence[str] = ()
    emotes: Sequence[str] = ()
    to: Mapping[str, Collection[str]] | None = None
    when: When = "always"
    max_length: int = 200
    per_minute: int = 20
    typing: bool = True
    names: Mapping[str, str] = attrs.field(factory=dict)
    moderate: Moderation | None = None
    partners: Mapping[str, Partner] = attrs.field(factory=dict)
    partner_timeout: float = 20.0
    partner_fallback: str | None = None
    observed: bool = False

    def offers(self, kind: Kind, text: str) -> bool:
        """Whether somebody may send this kind of message with this text."""
        match kind:
            case "quick":
                return text in self.quick_messages
            case "emote":
                return text in self.emotes
        return self.text

    def reach(self, seat: str, seats: Collection[str]) -> tuple[str, ...]:
        """Return the seats of a game that a seat writes to."""
        allowed = seats if self.to is None else self.to.get(seat, ())
        return tuple(other for other in seats if other != seat and other in allowed)

    def problems(self, where: str, agent_ids: Collection[str], humans: Collection[str]) -> Iterator[Problem]:
        """Yield everything that is wrong with the rules.

        Args:
            where: the scene, as problems name it.
            agent_ids: the agents of the game.
            humans: those that people play.
        """
        wrong = _Wrong(self, where)
        for name in ("lobby", "game", "text", "typing", "observed"):
            yield from wrong.unless(name, lambda value: isinstance(value, bool), "True or False")
        yield from wrong.unless("max_length", _whole(LONGEST), f"a whole number from 1 to {LONGEST}")
        yield from wrong.unless("per_minute", _whole(MOST_PER_MINUTE), f"from 1 to {MOST_PER_MINUTE}")
        for name in ("quick_messages", "emotes"):
            yield from wrong.unless(name, self._sayable, "a list of texts, none longer than max_length")
        choices = "'always', 'playing' or 'between'"
        yield from wrong.unless("when", lambda value: value in ("always", "playing", "between"), choices)
        can = "a function moderate(draft), or None"
        yield from wrong.unless("moderate", lambda value: value is None or callable(value), can)
        yield from wrong.unless("partner_timeout", _seconds, "a number of seconds above 0, at most 300")
        yield from wrong.unless(
            "partner_fallback", lambda value: value is None or _text(value), "a text, or None"
        )
        yield from wrong.agents("to", agent_ids, lambda to: _texts(to) and set(to) <= {*agent_ids})
        yield from wrong.agents("names", agent_ids, _text)
        yield from wrong.agents("partners", agent_ids, callable)
        partners = self.partners if isinstance(self.partners, Mapping) else {}
        for agent_id in partners:
            if agent_id in humans and agent_id in agent_ids:
                what = f"partners names {agent_id!r}, whom a person plays"
                yield Problem(where, what, "let a policy play it, or leave it out")
        if not (self.game or self.lobby):
            yield Problem(
                where, "neither lobby nor game is True, so that nobody can write", "leave the scene out"
            )
        yield from self._idle(where)
        if not (self.text or self.quick_messages or self.emotes):
            fix = "write text=True, or give quick_messages or emotes"
            yield Problem(where, "text is False, and there is nothing else to send", fix)

    def _idle(self, where: str) -> Iterator[Problem]:
        """Yield what is given and can do nothing."""
        only_in_games = ("to", "when", "names", "partners", "observed")
        only_with_partners = ("partner_timeout", "partner_fallback")
        for names, there, why in (
            (only_in_games, self.game, "people write in the waiting room only"),
            (only_with_partners, bool(self.partners), "there are no partners"),
        ):
            for name in names:
                if not there and getattr(self, name) not in (_DEFAULTS[name], {}):
                    yield Problem(where, f"{name} has nothing to do: {why}", "leave it out")

    def _sayable(self, texts: object) -> bool:
        most = self.max_length if isinstance(self.max_length, int) else LONGEST
        return _texts(texts) and all(0 < len(text) <= most for text in texts)  # type: ignore[attr-defined]


_DEFAULTS: Final = {field.name: field.default for field in attrs.fields(ChatRules)}


@attrs.frozen
class _Wrong:
    """Says what is wrong with the values of rules."""

    rules: ChatRules
    where: str

    def unless(self, name: str, right: Callable[[Any], bool], wanted: str) -> Iterator[Problem]:
        value = getattr(self.rules, name)
        if not right(value):
            yield Problem(self.where, f"{name} must be {wanted}, got {value!r}")

    def agents(
        self, name: str, agent_ids: Collection[str], right: Callable[[Any], bool]
    ) -> Iterator[Problem]:
        values = getattr(self.rules, name)
        if values is None and name == "to":
            return
        if not isinstance(values, Mapping):
            yield Problem(self.where, f"{name} must be a dict by agent id, got {values!r}")
            return
        known = ", ".join(agent_ids)
        for agent_id, value in values.items():
            if agent_id not in agent_ids:
                fix = did_you_mean(str(agent_id), agent_ids) or f"the agents are {known}"
                yield Problem(
                    self.where, f"{name} names the agent {agent_id!r}, which is not in the game", fix
                )
            elif not right(value):
                yield Problem(self.where, f"{name} of {agent_id!r} cannot be {value!r}")


def _whole(most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 300


def _text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _texts(values: object) -> bool:
    return (
        isinstance(values, Sequence | Collection)
        and not isinstance(values, str)
        and all(isinstance(value, str) for value in values)
    )
