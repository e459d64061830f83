"""Cooks who stand for people, and episodes that they play."""

from build_partner import ACTIONS
from overcooked_mug_env import OvercookedMUG
from scripted_cook import Situation, decide

from mug.configurations.configuration_constants import ModelConfig
from mug.engine.onnx import OnnxPolicy


def rules(mistakes=0.0, rng=None):
    """A cook who follows the rules, but acts at random in this share of steps."""

    def act(observation, kitchen, number):
        if mistakes and rng.random() < mistakes:
            return int(rng.integers(ACTIONS))
        return decide(kitchen, number)

    return act


def onions_only(observation, kitchen, number):
    """A cook who brings onions and nothing else, and so needs a partner who serves."""
    situation = Situation(kitchen, number)
    if situation.me.holds is None:
        return situation.use(situation.fixtures("onion_stack"))
    return situation.use([situation.pot_place]) if not situation.pot.full else situation.keep_clear()


def model(path):
    """A cook who does what a model file says, run as mug runs it."""
    policy = OnnxPolicy(ModelConfig(onnx_path=path, obs_input="input", logit_output="logits"))
    context = type("Context", (), {"action_space": OvercookedMUG().action_space(0)})
    return lambda observation, kitchen, number: policy.act(observation, context)


def play(cooks, seed, steps, places=None):
    """Play an episode; returns what the cooks observed and how many soups were delivered."""
    env = OvercookedMUG()
    observations, _ = env.reset(seed=seed)
    if places is not None:
        env.set_state({**env.get_state(), "agent_pos": places})
        observations, *_ = env.step({0: 6, 1: 6})
    seen = []
    for _ in range(steps):
        kitchen = env.kitchen()
        seen += observations.values()
        actions = {number: cooks[number](observations[number], kitchen, number) for number in (0, 1)}
        observations, *_ = env.step(actions)
    return seen, env.deliveries
