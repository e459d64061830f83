"""Makes `slime_policy.onnx`: a small network that learned to play from the rules in `slime_rules.py`.

It stands for the policy that you would train with a library of your choice. The network plays, the rules say
what they would have done, and the network learns that; then it plays again, better. So it also learns to get
out of what only its own mistakes lead to.
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
from slime_rules import decide
from slime_volleyball_env import AWAY, BALL_TOP_SPEED, CEILING, SIDE, WALL, SlimeVolleyballEnv

MODEL = Path(__file__).with_name("slime_policy.onnx")
INPUT, OUTPUT = "observation", "logits"
HIDDEN, BATCH = 96, 256
ROUNDS, GAMES, STEPS = 12, 64, 250
PASSES = 4
"""How often everything seen so far is gone through after each round; after the last, three times as often."""
SCALE = np.tile(np.array([WALL, CEILING, BALL_TOP_SPEED, BALL_TOP_SPEED], np.float32) / 2, 3)


class Network:
    """Two hidden layers, from what a player sees to a number for each action."""

    def __init__(self, rng):
        self.layers = []
        for before, after in itertools.pairwise((len(SCALE), HIDDEN, HIDDEN, len(AWAY))):
            weights = rng.normal(0, np.sqrt(2 / before), (before, after)).astype(np.float32)
            self.layers.append((weights, np.zeros(after, np.float32)))
        self.moments = [(np.zeros_like(part), np.zeros_like(part)) for layer in self.layers for part in layer]
        self.updates = 0

    def values(self, observations):
        """Return what each layer gives for observations, scaled inputs first."""
        values = [observations / SCALE]
        for number, (weights, biases) in enumerate(self.layers):
            value = values[-1] @ weights + biases
            values.append(value if number == len(self.layers) - 1 else np.maximum(value, 0))
        return values

    def act(self, observations):
        """Return the best actions."""
        return self.values(observations)[-1].argmax(axis=1)

    def learn(self, observations, actions, rate):
        """Make these actions likelier: one step of Adam down the cross-entropy."""
        values = self.values(observations)
        odds = np.exp(values[-1] - values[-1].max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        odds[np.arange(len(actions)), actions] -= 1
        error, gradients = odds / len(actions), []
        for (weights, _), value in zip(reversed(self.layers), reversed(values[:-1]), strict=True):
            gradients[:0] = [value.T @ error, error.sum(axis=0)]
            error = (error @ weights.T) * (value > 0)
        self.updates += 1
        fade, fade_square = 1 - 0.9**self.updates, 1 - 0.999**self.updates
        parts = [part for layer in self.layers for part in layer]
        for part, gradient, (mean, square) in zip(parts, gradients, self.moments, strict=True):
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient * gradient - square)
            part -= rate * (mean / fade) / (np.sqrt(square / fade_square) + 1e-8)

    def export(self, path):
        """Write an ONNX model that takes observations as the environment gives them."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        (first, biases), *others = self.layers
        nodes, constants, name = [], [], INPUT
        for number, layer in enumerate([(first / SCALE[:, np.newaxis], biases), *others], start=1):
            last = number == len(self.layers)
            summed = OUTPUT if last else f"sum{number}"
            names = [f"weights{number}", f"biases{number}"]
            constants += map(numpy_helper.from_array, layer, names)
            nodes.append(helper.make_node("Gemm", [name, *names], [summed]))
            if not last:
                name = f"hidden{number}"
                nodes.append(helper.make_node("Relu", [summed], [name]))
        graph = helper.make_graph(
            nodes,
            "slime_policy",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", len(SCALE)])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", len(AWAY)])],
            constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        unfinished = Path(path).with_suffix(".unfinished")
        unfinished.write_bytes(model.SerializeToString())
        unfinished.replace(path)


class Practice:
    """Many games at once, which the network plays against itself."""

    def __init__(self, rng):
        self.rng = rng
        self.envs = [SlimeVolleyballEnv() for _ in range(GAMES)]
        self.seen = [self.begin(env) for env in self.envs]

    def begin(self, env):
        return env.reset(seed=int(self.rng.integers(2**31)))[0]

    def play(self, network, trust):
        """Play on; returns what was seen, and what the rules say to each.

        Args:
            network: chooses the actions.
            trust: in which part of the steps it does; the rules choose in most others, and chance in some.
        """
        observations, actions = [], []
        for _ in range(STEPS):
            seen = np.array([game[player] for game in self.seen for player in SIDE])
            right = np.array([decide(observation) for observation in seen])
            observations.append(seen)
            actions.append(right)
            chosen = np.where(self.rng.random(len(seen)) < trust, network.act(seen), right)
            at_random = self.rng.random(len(seen)) < 0.05
            chosen[at_random] = self.rng.integers(len(AWAY), size=at_random.sum())
            for number, (env, pair) in enumerate(zip(self.envs, chosen.reshape(-1, 2), strict=True)):
                taken = dict(zip(SIDE, pair.tolist(), strict=True))
                self.seen[number], _, fell, too_long, _ = env.step(taken)
                if fell or too_long:
                    self.seen[number] = self.begin(env)
        return np.concatenate(observations), np.concatenate(actions)


def make(path=MODEL, report=print):
    """Train the policy and write its model; the same model each time on the same machine.

    Args:
        path: where the model goes.
        report: called with a sentence about each round.

    Returns:
        The network.
    """
    rng = np.random.default_rng(2020)
    network, practice = Network(rng), Practice(rng)
    observations, actions = np.zeros((0, len(SCALE)), np.float32), np.zeros(0, int)
    for number in range(1, ROUNDS + 1):
        seen, right = practice.play(network, trust=min(1.0, (number - 1) / 4))
        if number > 1:
            agreement = np.mean(network.act(seen) == right)
            report(f"  round {number} of {ROUNDS}: it decides as the rules do in {agreement:.1%} of steps")
        observations, actions = np.concatenate([observations, seen]), np.concatenate([actions, right])
        passes = PASSES * 3 if number == ROUNDS else PASSES
        batches = len(actions) // BATCH
        for done in range(passes):
            order = rng.permutation(len(actions))[: batches * BATCH].reshape(batches, BATCH)
            rate = np.float32(2e-3 * (1 - done / passes))
            for rows in order:
                network.learn(observations[rows], actions[rows], rate)
    network.export(path)
    return network


def ready(path=MODEL):
    """Make the model if it is not there yet.

    Returns:
        Its path.
    """
    if not Path(path).exists():
        print(f"{Path(path).name} is not there yet. Training it takes half a minute, once.", flush=True)
        make(path, lambda sentence: print(sentence, flush=True))
    return path


if __name__ == "__main__":
    started = time.perf_counter()
    make(report=lambda sentence: print(sentence, flush=True))
    print(f"wrote {MODEL.name} after {time.perf_counter() - started:.0f} seconds")
