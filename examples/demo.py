"""The demo: one server with four experiments and a start page."""

from __future__ import annotations

import copy
import sys
from pathlib import Path

from mug.configurations import experiment_config
from mug.scenes import stager
from mug.server import app

EXAMPLES = Path(__file__).resolve().parent
for folder in ("mountain_car", "coordination_grid", "ai_partner"):
    sys.path.append(str(EXAMPLES / folder))

import ai_partner_experiment  # noqa: E402
import coordination_experiment  # noqa: E402
import mountain_car_experiment  # noqa: E402


def in_the_browser() -> experiment_config.ExperimentConfig:
    """Mountain Car once more, and one word is different: the participant's own browser steps it."""
    example = mountain_car_experiment
    start, game, end = map(copy.deepcopy, (example.start_scene, example.game_scene, example.end_scene))
    game.runtime(run_through_pyodide=True)
    return (
        experiment_config.ExperimentConfig()
        .experiment(
            stager=stager.Stager(scenes=[start, game, end]),
            experiment_id="mountain_car_browser",
            title="Mountain Car in the browser: no delay, whatever the network",
        )
        .hosting(port=8000, host="0.0.0.0")
    )


if __name__ == "__main__":
    app.run(
        mountain_car_experiment.config,
        in_the_browser(),
        coordination_experiment.config,
        ai_partner_experiment.config,
    )
