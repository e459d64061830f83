"""Makes the rooms without browsers known to the tests beside them, and an environment to play in them."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parents[2] / "examples" / "coordination_grid")]
