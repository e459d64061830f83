"""Players, and points that they play against each other."""

import numpy as np
from slime_volleyball_env import AWAY, LEFT, RIGHT, SIDE, SlimeVolleyballEnv

from mug.configurations.configuration_constants import ModelConfig
from mug.engine.onnx import OnnxPolicy


def at_random(seed):
    """A player who does anything."""
    rng = np.random.default_rng(seed)
    return lambda observation: int(rng.integers(len(AWAY)))


def stays(observation):
    """A player who does nothing."""
    return 0


def model(path):
    """A player who does what a model file says, run as mug runs it."""
    policy = OnnxPolicy(ModelConfig(onnx_path=path, obs_input="observation", logit_output="logits"))
    context = type("Context", (), {"action_space": SlimeVolleyballEnv().action_space[LEFT]})
    return lambda observation: policy.act(observation, context)


def play(left, right, seeds):
    """Play a point for each seed; returns how many steps each took, and the sum of each side's points."""
    env, lengths = SlimeVolleyballEnv(), []
    players = {LEFT: left, RIGHT: right}
    for seed in seeds:
        observations, _ = env.reset(seed=seed)
        over = False
        while not over:
            actions = {player: players[player](observations[player]) for player in SIDE}
            observations, _, fell, too_long, _ = env.step(actions)
            over = fell or too_long
        lengths.append(env.steps)
    return lengths, env.points
