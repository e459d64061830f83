"""Models in the participant's browser decide as they do on the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mug.configurations.configuration_constants import ModelConfig
from mug.engine.onnx import OnnxPolicy
from mug.engine.policies import PolicyContext
from mug.engine.seeds import derive_seed
from tests.browser.conftest import EXPERIMENTS, Arrive, Serve
from tests.browser.data import Data
from tests.browser.experiments import models_env, partner_model

LOADING_MS = 90_000


def decisions(model: Path, agent: str, sampling: str, steps: list[dict[str, Any]], seed: int) -> list[int]:
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
    return [
        policy.act(
            np.array(step["observations"][agent], np.float32), PolicyContext(agent, space, None, number)
        )
        for number, step in enumerate(steps)
    ]


@pytest.mark.slow
async def test_the_same_actions_on_a_thousand_observations(
    serve: Serve, arrive: Arrive, tmp_path: Path
) -> None:
    """A recurrent model decides, and draws from the recorded seed, as it does on the server."""
    server = await serve(EXPERIMENTS / "models.py")
    ann = await arrive(server.url)
    ann.context.set_default_timeout(LOADING_MS)
    await ann.at("welcome")
    await ann.go_on()
    await ann.in_state("over")
    await ann.until("() => window.mug.debug().unackedRecords === 0")
    await ann.leave()
    data = Data(server.data_dir / "models")
    (game,) = data.game_ids("game")
    starts = data.records(game, "episode_start")
    model = tmp_path / "partner.onnx"
    partner_model.save(model)
    for agent, sampling in (("drawing", "sample"), ("deciding", "argmax")):
        for start in starts:
            steps = [step for step in data.steps(game) if step["episode"] == start["episode"]]
            assert len(steps) == 550
            recorded = [step["actions"][agent] for step in steps]
            assert recorded == decisions(model, agent, sampling, steps, start["seed"])
            assert set(recorded) == set(range(models_env.ACTIONS))
