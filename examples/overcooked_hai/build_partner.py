"""Builds `cramped_room_policy.onnx`, a small network that learned from the rules in `scripted_cook.py`.

It stands for the policy that you would train with a library of your choice. The rules see the whole
kitchen; the network sees the observation that CoGrid gives an agent. It learns what the rules would do in
kitchens drawn at random, with everything that people leave lying around.
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
from overcooked_mug_env import COOKING_STEPS, FACINGS, Cook, Kitchen, OvercookedMUG, Pot
from scripted_cook import Situation, decide, moved

MODEL = Path(__file__).with_name("cramped_room_policy.onnx")
INPUT, OUTPUT = "input", "logits"
ACTIONS = 7
DECISIONS, HELD_OUT = 100_000, 5_000
HIDDEN, BATCH, EPOCHS = 128, 256, 12

# Where CoGrid's observation has things: this agent's part, the other one's, a map for each kind of object.
PART, MAPS, MAP_SIZE, MAP_WIDTH = 61, 122, 77, 11
FACING, HOLDS, NEXT_COUNTER, NEXT_POT, POT, PLACE, FREE = 0, 4, 9, 13, 29, 55, 57
AROUND = ((0, 1), (0, -1), (1, 0), (-1, 0))
HELD = ("onion", "onion_soup", "plate")
MAP_OF = {"onion": 2, "onion_soup": 3, "plate": 5}


class Eyes:
    """What the network looks at: which numbers of an observation, and what they are in a kitchen."""

    def __init__(self, kitchen):
        self.floor = sorted(Situation(kitchen, 0).floor)
        self.counters = sorted(place for place, kind in kitchen.fixtures.items() if kind == "counter")
        self.fixtures, (self.pot_place,) = kitchen.fixtures, kitchen.pots
        self.columns = {}
        for agent in (0, PART):
            for column in (*range(HOLDS + 3), *range(NEXT_COUNTER, POT), *range(PLACE, FREE + 4)):
                self.columns[agent + column] = len(self.columns)
        for column in (*range(POT + 1, POT + 6), POT + 7):
            self.columns[column] = len(self.columns)
        for item, (row, column) in itertools.product(MAP_OF, self.floor + self.counters):
            self.columns[self.on_map(item, row, column)] = len(self.columns)

    def on_map(self, item, row, column):
        return MAPS + MAP_OF[item] * MAP_SIZE + row * MAP_WIDTH + column

    def see(self, kitchen, me):
        """Return what an observation of cook number `me` has in these columns."""
        seen, columns = np.zeros(len(self.columns), np.float32), self.columns
        pot = kitchen.pots[self.pot_place]
        cooking = pot.full and not pot.done
        status = (pot.onions == 0, 0 < pot.onions < 3, cooking, pot.done)
        for part, cook in ((0, kitchen.cooks[me]), (PART, kitchen.cooks[1 - me])):
            seen[columns[part + FACING + FACINGS.index(cook.facing)]] = 1
            if cook.holds:
                seen[columns[part + HOLDS + HELD.index(cook.holds)]] = 1
            seen[columns[part + PLACE]], seen[columns[part + PLACE + 1]] = cook.place
            for side, step in enumerate(AROUND):
                beside = moved(cook.place, step)
                seen[columns[part + NEXT_COUNTER + side]] = beside in self.counters
                seen[columns[part + FREE + side]] = beside in self.floor and beside not in kitchen.items
                if beside == self.pot_place:
                    seen[columns[part + NEXT_POT + 4 * status.index(True) + side]] = 1
        empty, partial, _, done = status
        for number, value in enumerate((done, empty, cooking, partial, pot.onions), start=1):
            seen[columns[POT + number]] = value
        seen[columns[POT + 7]] = pot.steps_left if cooking else -1
        for (row, column), item in kitchen.items.items():
            seen[columns[self.on_map(item, row, column)]] = 1
        return seen

    def kitchens(self, rng, count):
        """Yield kitchens as they may be at some time in a game: anybody and anything may be anywhere."""
        cells = self.floor + self.counters
        places = np.argsort(rng.random((count, len(self.floor))), axis=1)[:, :2]
        facings = rng.integers(4, size=(count, 2))
        holds = rng.choice(4, size=(count, 2), p=(0.25, 0.1, 0.25, 0.4))
        onions = rng.choice(4, size=count, p=(0.15, 0.15, 0.15, 0.55))
        steps_left = np.maximum(0, rng.integers(-15, COOKING_STEPS + 1, size=count))
        often = np.where(np.arange(len(cells)) < len(self.floor), 0.005, 0.07)
        littered = rng.random((count, len(cells))) < often
        items = rng.integers(3, size=littered.shape)
        for number in range(count):
            cooks = tuple(
                Cook(self.floor[place], FACINGS[facing], (*HELD, None)[held])
                for place, facing, held in zip(places[number], facings[number], holds[number], strict=True)
            )
            taken = {cook.place for cook in cooks}
            lying = {
                cell: HELD[items[number, at]]
                for at, cell in enumerate(cells)
                if littered[number, at] and cell not in taken
            }
            full = onions[number] == 3
            pot = Pot(int(onions[number]), int(steps_left[number]) if full else COOKING_STEPS)
            yield Kitchen(self.fixtures, {self.pot_place: pot}, lying, cooks)


class Network:
    """Two hidden layers; the numbers that it looks at are scaled to mean 0 and deviation 1."""

    def __init__(self, columns, seen, rng):
        self.columns = np.array(columns)
        self.mean, self.spread = seen.mean(axis=0), seen.std(axis=0) + 1e-6
        sizes = (len(columns), HIDDEN, HIDDEN, ACTIONS)
        self.weights = [
            rng.normal(0, np.sqrt(2 / before), (before, after)).astype(np.float32)
            for before, after in itertools.pairwise(sizes)
        ]
        self.biases = [np.zeros(size, np.float32) for size in sizes[1:]]

    def logits(self, observations):
        """Return the logits of the actions for whole observations."""
        return self.layers(self.scaled(observations[:, self.columns]))[-1]

    def scaled(self, seen):
        return (seen - self.mean) / self.spread

    def layers(self, values):
        """Return what each layer gives, the inputs first."""
        given = [values]
        for weight, bias in zip(self.weights, self.biases, strict=True):
            values = values @ weight + bias
            if len(given) < len(self.weights):
                values = np.maximum(values, 0)
            given.append(values)
        return given

    def gradients(self, values, labels):
        """Return the gradients of the cross-entropy, for weights and then for biases."""
        given = self.layers(values)
        odds = np.exp(given[-1] - given[-1].max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        odds[np.arange(len(labels)), labels] -= 1
        error, of_weights, of_biases = odds / len(labels), [], []
        for layer in reversed(range(len(self.weights))):
            of_weights.insert(0, given[layer].T @ error)
            of_biases.insert(0, error.sum(axis=0))
            error = (error @ self.weights[layer].T) * (given[layer] > 0)
        return of_weights + of_biases

    def learn(self, seen, labels, rng, report):
        """Fit what was seen, with Adam; the steps get smaller towards the end."""
        values, parameters = self.scaled(seen), self.weights + self.biases
        means = [np.zeros_like(parameter) for parameter in parameters]
        squares = [np.zeros_like(parameter) for parameter in parameters]
        total, number = EPOCHS * (len(labels) // BATCH), 0
        for epoch in range(1, EPOCHS + 1):
            order = rng.permutation(len(labels))[: len(labels) // BATCH * BATCH]
            for rows in order.reshape(-1, BATCH):
                number += 1
                rate = 2e-3 * (1 - number / (total + 1))
                for parameter, mean, square, gradient in zip(
                    parameters, means, squares, self.gradients(values[rows], labels[rows]), strict=True
                ):
                    mean += 0.1 * (gradient - mean)
                    square += 0.001 * (gradient**2 - square)
                    step = (mean / (1 - 0.9**number)) / (np.sqrt(square / (1 - 0.999**number)) + 1e-8)
                    parameter -= (rate * step).astype(np.float32)
            report(f"  learning: {epoch} of {EPOCHS} times through all decisions")

    def export(self, path, size):
        """Write an ONNX model that takes whole observations of so many numbers, as they are."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        first = np.zeros((size, HIDDEN), np.float32)
        first[self.columns] = self.weights[0] / self.spread[:, np.newaxis]
        shift = self.biases[0] - (self.mean / self.spread) @ self.weights[0]
        weights, biases = [first, *self.weights[1:]], [shift, *self.biases[1:]]
        nodes, constants, name = [], [], INPUT
        for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            last = number == len(weights) - 1
            summed = OUTPUT if last else f"sum{number}"
            constants.append(numpy_helper.from_array(weight.astype(np.float32), f"weight{number}"))
            constants.append(numpy_helper.from_array(bias.astype(np.float32), f"bias{number}"))
            nodes.append(helper.make_node("Gemm", [name, f"weight{number}", f"bias{number}"], [summed]))
            if not last:
                name = f"hidden{number}"
                nodes.append(helper.make_node("Relu", [summed], [name]))
        graph = helper.make_graph(
            nodes,
            "cramped_room_policy",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", size])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", ACTIONS])],
            constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        unfinished = Path(path).with_suffix(".unfinished")
        unfinished.write_bytes(model.SerializeToString())
        unfinished.replace(path)


def check_eyes(eyes, env, rng):
    """Compare what is learned from with what CoGrid really shows.

    Raises:
        RuntimeError: this version of CoGrid arranges its observations otherwise.
    """
    for _ in range(60):
        observations, *_ = env.step(dict(enumerate(rng.integers(ACTIONS, size=2).tolist())))
        for number in (0, 1):
            seen = eyes.see(env.kitchen(), number)
            if not np.array_equal(observations[number][list(eyes.columns)], seen):
                raise RuntimeError("this version of CoGrid arranges its observations otherwise")


def build(path=MODEL, report=print):
    """Train the partner and write its model; the same model each time on the same machine.

    Args:
        path: where the model goes.
        report: called with a sentence about each stage.

    Returns:
        The network.
    """
    rng = np.random.default_rng(2019)
    env = OvercookedMUG()
    env.reset(seed=0)
    eyes = Eyes(env.kitchen())
    check_eyes(eyes, env, rng)
    report(f"  asking the rules about {DECISIONS:,} kitchens")
    kitchens = list(eyes.kitchens(rng, DECISIONS))
    labels = np.array([decide(kitchen, number % 2) for number, kitchen in enumerate(kitchens)])
    seen = np.array([eyes.see(kitchen, number % 2) for number, kitchen in enumerate(kitchens)])
    network = Network(list(eyes.columns), seen, rng)
    network.learn(seen[HELD_OUT:], labels[HELD_OUT:], rng, report)
    chosen = np.argmax(network.layers(network.scaled(seen[:HELD_OUT]))[-1], axis=1)
    agreement = float(np.mean(chosen == labels[:HELD_OUT]))
    report(f"  in {agreement:.1%} of kitchens that it has never seen it decides as the rules do")
    network.export(path, env.observation_space(0).shape[0])
    return network


def ready(path=MODEL):
    """Build the model if it is not there yet.

    Returns:
        Its path.
    """
    if not Path(path).exists():
        print(f"{Path(path).name} is not there yet. Training it takes about a minute, once.", flush=True)
        build(path, lambda sentence: print(sentence, flush=True))
    return path


if __name__ == "__main__":
    started = time.perf_counter()
    build(report=lambda sentence: print(sentence, flush=True))
    print(f"wrote {MODEL.name} after {time.perf_counter() - started:.0f} seconds")
