"""Models in the participant's browser decide as they do on the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mug.configurations.configuration_constants import ModelConfig
from mug.engine.decisions import Decision
from mug.engine.onnx import OnnxPolicy
from mug.engine.policies import PolicyContext
from mug.engine.seeds import derive_seed
from tests.browser.conftest import EXPERIMENTS, Arrive, Serve
from tests.browser.data import Data
from tests.browser.experiments import models_env, partner_model
from tests.browser.test_replayed import replay, tamper

SCRIPT = EXPERIMENTS / "models.py"
LOADING_MS = 90_000
VERIFYING_SECONDS = 120.0
"""What roundings can do takes ten games to find out."""
WITHIN_ROUNDING = 1e-5
"""More than a forgetful network's logits are off in a browser, and a tenth of what verification allows."""


def decisions(
    model: Path, agent: str, sampling: str, steps: list[dict[str, Any]], seed: int
) -> list[Decision]:
    """What onnxruntime decides here on the observations that were recorded."""
    policy = OnnxPolicy(
        ModelConfig(
            onnx_path=model,
            obs_input="input",
            logit_output="logits",
            state_inputs=["state"],
            state_outputs=["next"],
            state_shape=[1, partner_model.HIDDEN],
            fixed_inputs={"gain": [1.5]},
            sampling=sampling,
        )
    )
    policy.reset(derive_seed(seed, "policy", agent))
    space = models_env.Views().action_space(agent)
    made = []
    for number, step in enumerate(steps):
        policy.act(
            np.array(step["observations"][agent], np.float32), PolicyContext(agent, space, None, number)
        )
        assert policy.decision is not None
        made.append(policy.decision)
    return made


def margin(decision: Decision) -> float:
    """How far the nearest other action is."""
    others = set(range(models_env.ACTIONS)) - {decision.action}
    return min(decision.distance_to(action) for action in others)


@pytest.mark.slow
async def test_the_same_actions_on_a_thousand_observations(
    serve: Serve, arrive: Arrive, tmp_path: Path
) -> None:
    """Models decide, and draw from the recorded seed, as on the server; only roundings may decide otherwise.

    A network that forgets has nothing but the last places of a few runs between browser and server: wherever
    the next best action is further away, it is the same action. One that clings to what it saw lets roundings
    grow until it does as it likes; then verification says so, instead of suspecting the participant.
    """
    server = await serve(SCRIPT)
    ann = await arrive(server.url)
    ann.context.set_default_timeout(LOADING_MS)
    await ann.at("welcome")
    await ann.go_on()
    await ann.in_state("over")
    await ann.until("() => window.mug.debug().unackedRecords === 0")
    await ann.leave()
    data = Data(server.data_dir / "models")
    (game,) = data.game_ids("game")
    others = dict.fromkeys(("drawing", "deciding", "clinging"), 0)
    for agent, sampling, memory in (
        ("drawing", "sample", partner_model.FORGETS),
        ("deciding", "argmax", partner_model.FORGETS),
        ("clinging", "argmax", partner_model.CLINGS),
    ):
        model = tmp_path / f"{memory}.onnx"
        partner_model.save(model, memory)
        for start in data.records(game, "episode_start"):
            steps = [step for step in data.steps(game) if step["episode"] == start["episode"]]
            assert len(steps) == 550
            recorded = [step["actions"][agent] for step in steps]
            made = decisions(model, agent, sampling, steps, start["seed"])
            assert set(recorded) == set(range(models_env.ACTIONS))
            if memory == partner_model.FORGETS:
                # the seed is one with which no decision is a close one
                assert min(map(margin, made)) > WITHIN_ROUNDING
            others[agent] += sum(one != two.action for one, two in zip(recorded, made, strict=True))
    assert others["drawing"] == others["deciding"] == 0
    assert others["clinging"] > 10

    await data.until(lambda: len(data.records(game, "verification")) == 2, VERIFYING_SECONDS)
    assert [one["verdict"] for one in data.records(game, "verification")] == ["rounding"] * 2
    status, rows = await replay(SCRIPT, server.data_dir)
    assert (status, [(row["verdict"], row["step"]) for row in rows]) == (0, [("rounding", None)] * 2)
    status, rows = await replay(SCRIPT, server.data_dir, "--browser")
    assert (status, [row["verdict"] for row in rows]) == (0, ["verified"] * 2)

    def deny(step: dict[str, Any]) -> None:
        step["actions"]["deciding"] = (step["actions"]["deciding"] + 2) % models_env.ACTIONS

    tamper(data, game, 300, deny)
    status, (first, second) = await replay(SCRIPT, server.data_dir)
    assert (status, first["verdict"], first["step"]) == (1, "different", 300)
    assert second["verdict"] == "rounding"
