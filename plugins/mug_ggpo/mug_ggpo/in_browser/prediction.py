"""What a seat will do whose input has not come yet."""

from __future__ import annotations

from collections.abc import Sequence

from mug.game.spec import AgentId, GameSpec
from mug_ggpo.in_browser.actions import NOTHING, ActionCodec, unmarked
from mug_ggpo.session import Predict, neutral, repeat_last


def prediction(spec: GameSpec, seats: Sequence[AgentId], codec: ActionCodec) -> Predict:
    """Return how the session guesses inputs: as if nobody came back.

    What is held is held on; what happens once, when a key goes down or a pointer moves, does not happen
    again. A scene may say it otherwise: ``ggpo_prediction``.

    Args:
        spec: the scene.
        seats: the agents of the session's seats.
        codec: writes and reads their actions.
    """
    guess = _guess(spec, seats, codec)
    return lambda seat, last: guess(seat, None if last is None else unmarked(last)[1])


def _guess(spec: GameSpec, seats: Sequence[AgentId], codec: ActionCodec) -> Predict:
    chosen = spec.ggpo_prediction
    if callable(chosen):
        return _researchers(chosen, seats, codec)
    if chosen == "default_action":
        return neutral
    once = {
        number
        for number, agent in enumerate(seats)
        if agent in spec.controls and (spec.input_mode != "pressed_keys" or spec.controls[agent].pointer)
    }
    return lambda seat, last: neutral(seat, last) if seat in once else repeat_last(seat, last)


def _researchers(function: object, seats: Sequence[AgentId], codec: ActionCodec) -> Predict:
    def predict(seat: int, last: bytes | None) -> bytes:
        agent = seats[seat]
        known = None
        if last:
            allowed, action = codec.read(agent, last)
            known = action if allowed else None
        guessed = function(agent, known)  # type: ignore[operator]
        return NOTHING if guessed is None else codec.write(guessed)

    return predict
