"""Makes the pages without browsers known to the tests beside them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
