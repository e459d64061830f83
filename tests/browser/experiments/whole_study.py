"""The whole study of the examples with a Prolific of the tests' own: short rounds, and short waits."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3] / "examples" / "partner_study"))

from mug_prolific import Prolific
from partner_study_experiment import BONUS, study

from mug.server import app

PROLIFIC = os.environ.get("PROLIFIC", "https://prolific.invalid")

config = study(
    Prolific(bonus=BONUS, api=f"{PROLIFIC}/api/v1/", back=f"{PROLIFIC}/submissions/complete?cc={{code}}"),
    rounds=2,
    most_steps=120,
    max_wait_s=30,
    pretended_wait_s=(1, 2),
    reconnect_window_s=2,
    warn_inactive_s=2,
    grace_s=4,
    max_rtt_ms=None,
)

if __name__ == "__main__":
    app.run(config)
