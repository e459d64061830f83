"""The demo: one server with three experiments and a start page."""

from __future__ import annotations

import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
for folder in ("mountain_car", "coordination_grid", "ai_partner"):
    sys.path.append(str(EXAMPLES / folder))

import ai_partner_experiment  # noqa: E402
import coordination_experiment  # noqa: E402
import mountain_car_experiment  # noqa: E402

from mug.server import app  # noqa: E402

if __name__ == "__main__":
    app.run(mountain_car_experiment.config, coordination_experiment.config, ai_partner_experiment.config)
