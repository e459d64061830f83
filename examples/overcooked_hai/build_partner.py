"""Builds `cramped_room_policy.onnx`, a small network that learned from the rules in `scripted_cook.py`.

It stands for the policy that you would train with a library of your choice. The rules see the whole
kitchen; the network sees what CoGrid gives an agent, and imitates them. It first watches cooks who make
mistakes now and then, then plays itself, is told what the rules would have done, and learns from that too
(DAgger).
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
from overcooked_mug_env import OvercookedMUG
from scripted_cook import Situation, decide

MODEL = Path(__file__).with_name("cramped_room_policy.onnx")
INPUT, OUTPUT = "input", "logits"
ACTIONS = 7
EPISODE_STEPS = 100
MISTAKES = (0.0, 0.1, 0.3, 0.6, 1.0)
WATCHED_EPISODES, PLAYED_EPISODES, ROUNDS = 30, 15, 2
HIDDEN, BATCH, EPOCHS = 128, 128, 25


class Network:
    """Two hidden layers; what it gets is scaled to mean 0 and deviation 1, constant inputs are left out."""

    def __init__(self, observations, rng):
        spread = observations.std(axis=0)
        self.used = spread > 0
        self.mean, self.spread = observations[:, self.used].mean(axis=0), spread[self.used]
        sizes = (int(self.used.sum()), HIDDEN, HIDDEN, ACTIONS)
        self.weights = [
            rng.normal(0, np.sqrt(2 / before), (before, after)).astype(np.float32)
            for before, after in itertools.pairwise(sizes)
        ]
        self.biases = [np.zeros(size, np.float32) for size in sizes[1:]]

    def act(self, observation):
        """Return the action with the largest logit."""
        return int(np.argmax(self.layers(self.scaled(observation[np.newaxis]))[-1]))

    def scaled(self, observations):
        return (observations[:, self.used] - self.mean) / self.spread

    def layers(self, values):
        """Return what each layer gives, the inputs first."""
        given = [values]
        for weight, bias in zip(self.weights, self.biases, strict=True):
            values = values @ weight + bias
            if len(given) < len(self.weights):
                values = np.maximum(values, 0)
            given.append(values)
        return given

    def gradients(self, observations, labels):
        """Return the gradients of the cross-entropy, for weights and then for biases."""
        given = self.layers(observations)
        odds = np.exp(given[-1] - given[-1].max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        odds[np.arange(len(labels)), labels] -= 1
        error, of_weights, of_biases = odds / len(labels), [], []
        for layer in reversed(range(len(self.weights))):
            of_weights.insert(0, given[layer].T @ error)
            of_biases.insert(0, error.sum(axis=0))
            error = (error @ self.weights[layer].T) * (given[layer] > 0)
        return of_weights + of_biases

    def learn(self, observations, labels, rng):
        """Fit all that was seen, with Adam; the steps get smaller towards the end."""
        values, parameters = self.scaled(observations), self.weights + self.biases
        means = [np.zeros_like(parameter) for parameter in parameters]
        squares = [np.zeros_like(parameter) for parameter in parameters]
        total, number = EPOCHS * (len(labels) // BATCH), 0
        for _ in range(EPOCHS):
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

    def export(self, path):
        """Write the network as an ONNX model that takes observations as they are."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        first = np.zeros((len(self.used), HIDDEN), np.float32)
        first[self.used] = self.weights[0] / self.spread[:, np.newaxis]
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
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", len(self.used)])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", ACTIONS])],
            constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        unfinished = Path(path).with_suffix(".unfinished")
        unfinished.write_bytes(model.SerializeToString())
        unfinished.replace(path)


def cook_by_rules(mistakes, rng):
    """Return a cook who follows the rules, but draws an action at random now and then."""

    def act(observation, kitchen, number):
        return int(rng.integers(ACTIONS)) if rng.random() < mistakes else decide(kitchen, number)

    return act


def cook_by_network(network, mistakes, rng):
    """Return a cook who does what the network says, but draws an action at random now and then."""

    def act(observation, kitchen, number):
        return int(rng.integers(ACTIONS)) if rng.random() < mistakes else network.act(observation)

    return act


def cook_onions_only(observation, kitchen, number):
    """A cook who brings onions and nothing else, and so needs a partner who serves."""
    situation = Situation(kitchen, number)
    if situation.me.holds is None:
        return situation.use(situation.fixtures("onion_stack"))
    return situation.use([situation.pot_place]) if not situation.pot.full else situation.keep_clear()


def play(cooks, seed, steps):
    """Play an episode.

    Returns:
        Each cook's observations, what the rules would have done, and how many soups were delivered.
    """
    env = OvercookedMUG()
    observations, _ = env.reset(seed=seed)
    seen, labels = [], []
    for _ in range(steps):
        kitchen = env.kitchen()
        for number in (0, 1):
            seen.append(observations[number])
            labels.append(decide(kitchen, number))
        actions = {number: cooks[number](observations[number], kitchen, number) for number in (0, 1)}
        observations, *_ = env.step(actions)
    return np.array(seen, np.float32), np.array(labels), env.deliveries


def build(path=MODEL, report=print):
    """Train the partner and write its model; the same model each time on the same machine.

    Args:
        path: where the model goes.
        report: called with a sentence about each stage.

    Returns:
        The network.
    """
    rng = np.random.default_rng(2019)
    lessons = []
    for episode in range(WATCHED_EPISODES):
        cooks = [cook_by_rules(float(rng.choice(MISTAKES)), rng) for _ in range(2)]
        lessons.append(play(cooks, episode, EPISODE_STEPS))
        progress(report, "watching cooks", episode, WATCHED_EPISODES)
    network = learned(lessons, rng, report)
    for round_number in range(1, ROUNDS + 1):
        for episode in range(PLAYED_EPISODES):
            cooks = [cook_by_network(network, 0.05, rng), cook_by_rules(float(rng.choice(MISTAKES)), rng)]
            if episode % 2:
                cooks.reverse()
            lessons.append(play(cooks, 1000 * round_number + episode, EPISODE_STEPS))
            progress(report, f"playing itself, round {round_number}", episode, PLAYED_EPISODES)
        network = learned(lessons, rng, report)
    network.export(path)
    return network


def learned(lessons, rng, report):
    """Return a new network that has learned from all lessons."""
    observations = np.concatenate([seen for seen, _, _ in lessons])
    labels = np.concatenate([decided for _, decided, _ in lessons])
    network = Network(observations, rng)
    network.learn(observations, labels, rng)
    chosen = np.argmax(network.layers(network.scaled(observations))[-1], axis=1)
    agreement = float(np.mean(chosen == labels))
    report(f"  learned from {len(labels):,} decisions; agrees with the rules in {agreement:.1%}")
    return network


def progress(report, what, done, of):
    if (done + 1) % 5 == 0 or done + 1 == of:
        report(f"  {what}: {done + 1} of {of} episodes")


def ready(path=MODEL):
    """Build the model if it is not there yet.

    Returns:
        Its path.
    """
    if not Path(path).exists():
        print(f"{Path(path).name} is not there yet. Training it takes about a minute, once.", flush=True)
        build(path, lambda sentence: print(sentence, flush=True))
    return path


def main():
    started = time.perf_counter()
    network = build(report=lambda sentence: print(sentence, flush=True))
    print(f"wrote {MODEL.name} after {time.perf_counter() - started:.0f} seconds")
    rng = np.random.default_rng(1)
    humans = {"a cook with rules": cook_by_rules(0.0, rng), "somebody who never serves": cook_onions_only}
    partners = {"this model": cook_by_network(network, 0.0, rng), "random actions": cook_by_rules(1.0, rng)}
    for human, partner in itertools.product(humans, partners):
        served = [play([humans[human], partners[partner]], seed, 500)[2] for seed in (101, 102)]
        print(f"{human} with {partner}: {sum(served)} soups in 1,000 steps")


if __name__ == "__main__":
    main()
