"""How the numbers that a model gives become an action, and how far they are from another one.

Processors round differently, so that the same model gives numbers that differ a little between machines. Two
actions that are equally good must not be told apart by that: the first logit that nearly equals the largest
wins. Draws know no such rule. Where the probabilities on two machines differ by some share, at least that
share of all draws comes out differently, however they are made and whatever is rounded before. What can be
done is to say by how much a decision was missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EQUAL: Final = 1e-5
"""Logits nearer than this to the largest are as good as it; a share of it where it is above 1."""


class UnusableError(ValueError):
    """The numbers do not say what to do."""


@dataclass(frozen=True)
class Decision:
    """An action, and what it was made of.

    Attributes:
        action: in the form that its space has.
        space: the action space: Discrete, MultiDiscrete, MultiBinary or Box.
        output: what the model gave, as a flat array.
        draws: a random number from 0 to 1 for each choice; None where nothing is drawn.
        temperature: divides the logits before drawing.
    """

    action: Any
    space: Any
    output: Floats
    draws: Floats | None
    temperature: float

    def distance_to(self, action: Any) -> float:
        """By how much the model's numbers would have to be others for another action.

        Args:
            action: the other action, as JSON has it.

        Returns:
            A share of the largest logit, or of 1 where that is smaller. Numbers that are all less far off
            do not lead to that action; infinite when none do.
        """
        try:
            given = np.asarray(action, np.float64).ravel()
        except (TypeError, ValueError):
            return np.inf
        own = np.asarray(self.action, np.float64).ravel()
        if given.size != own.size:
            return np.inf
        if type(self.space).__name__ == "Box":
            return _apart(own, given)
        start = np.broadcast_to(getattr(self.space, "start", 0), np.shape(self.action)).ravel()
        choices = zip(choices_of(self.output, self.space), given - start, strict=True)
        return max(self._missed_by(place, *choice) for place, choice in enumerate(choices))

    def deviation_from(self, other: Decision) -> float:
        """How far two decisions' numbers are apart, in the measure of `distance_to`."""
        if self.output.shape != other.output.shape or type(self.space) is not type(other.space):
            return np.inf
        if type(self.space).__name__ == "Box":
            return _apart(self.output, other.output)
        pairs = zip(choices_of(self.output, self.space), choices_of(other.output, other.space), strict=True)
        return max(_apart(one, two, _scale(one)) for one, two in pairs)

    def _missed_by(self, place: int, logits: Floats, number: float) -> float:
        if not 0 <= number < logits.size or number != int(number):
            return np.inf
        if self.draws is None:
            return _to_be_best(logits, int(number))
        return _to_be_drawn(logits, float(self.draws[place]), int(number), self.temperature)


def decide(
    output: Floats, space: Any, random: np.random.Generator | None = None, temperature: float = 1.0
) -> Decision:
    """Decide what numbers mean, as `mug.engine.onnx.OnnxPolicy` describes it.

    Args:
        output: as many numbers as the space needs.
        space: the action space.
        random: where draws come from; None to take the best action.
        temperature: divides the logits before drawing, and multiplies the spread of a Box.

    Raises:
        UnusableError: the numbers do not say what to do.
    """
    if np.isnan(output).any():
        raise UnusableError("not a number (NaN)")
    if type(space).__name__ == "Box":
        return Decision(_point(output, space, random, temperature), space, output, None, temperature)
    choices = choices_of(output, space)
    if not all(np.isfinite(logits.max()) for logits in choices):
        raise UnusableError("no finite largest logit")
    if random is None:
        draws, chosen = None, [first_of_best(logits) for logits in choices]
    else:
        draws = random.random(len(choices))
        chosen = [drawn(*choice, temperature) for choice in zip(choices, draws, strict=True)]
    if type(space).__name__ == "Discrete":
        return Decision(int(space.start) + chosen[0], space, output, draws, temperature)
    action = np.asarray(chosen, space.dtype).reshape(space.shape) + getattr(space, "start", 0)
    return Decision(action, space, output, draws, temperature)


def choices_of(output: Floats, space: Any) -> list[Floats]:
    """The logits of each choice that an action of the space consists of."""
    match type(space).__name__:
        case "MultiDiscrete":
            return np.split(output, np.cumsum(space.nvec.ravel())[:-1])
        case "MultiBinary":
            # the odds of a yes are those of two logits of which the other is 0
            return [np.array([0.0, logit]) for logit in output]
        case _:
            return [output]


def first_of_best(logits: Floats) -> int:
    """The first of the largest logits, and of those that are as good."""
    return int(np.argmax(logits >= logits.max() - EQUAL * _scale(logits)))


def drawn(logits: Floats, draw: float, temperature: float) -> int:
    """Where a number from 0 to 1 falls when each action has its share of them, one after the other."""
    ends = np.cumsum(_odds(logits, temperature))
    return int(np.searchsorted(ends / ends[-1], draw, side="right"))


def _to_be_best(logits: Floats, number: int) -> float:
    scale = _scale(logits)
    tolerance = EQUAL * scale
    missing = [_ahead(logits, number) - tolerance]
    missing += [tolerance - _ahead(logits, before) for before in range(number)]
    return max(0.0, *missing) / 2 / scale


def _ahead(logits: Floats, number: int) -> float:
    """How far the best of the others is ahead of one."""
    others = np.delete(logits, number)
    return float(others.max() - logits[number]) if others.size and logits[number] > -np.inf else np.inf


def _to_be_drawn(logits: Floats, draw: float, number: int, temperature: float) -> float:
    odds = _odds(logits, temperature)
    before, own, after = odds[:number].sum(), odds[number], odds[number + 1 :].sum()
    if not own:
        return np.inf
    with np.errstate(divide="ignore"):
        place = np.log(draw) - np.log1p(-draw)
        begin, end = np.log(before) - np.log(own + after), np.log(before + own) - np.log(after)
    # moving every logit by one moves the odds of what lies before a place by two
    return max(0.0, float(begin - place), float(place - end)) / 2 * temperature / _scale(logits)


def _odds(logits: Floats, temperature: float) -> Floats:
    odds: Floats = np.exp((logits - logits.max()) / temperature)
    return odds


def _point(
    output: Floats, space: Any, random: np.random.Generator | None, temperature: float
) -> NDArray[Any]:
    size = int(np.prod(space.shape))
    point = output[:size]
    if output.size == 2 * size and random is not None:
        point = point + np.exp(output[size:]) * temperature * random.standard_normal(size)
    inside: NDArray[Any] = np.clip(point.reshape(space.shape), space.low, space.high)
    return inside.astype(space.dtype)


def _scale(logits: Floats) -> float:
    # what is ruled out has logits like -1e9, so only the largest says how large they are
    return max(1.0, abs(float(logits.max())))


def _apart(one: Floats, other: Floats, scale: float | None = None) -> float:
    differs = one != other
    if not differs.any():
        return 0.0
    one, other = one[differs], other[differs]
    scales = np.maximum(1.0, np.abs(one)) if scale is None else scale
    return float(np.max(np.abs(one - other) / scales))
