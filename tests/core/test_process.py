"""What a server changes about its own process."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import gc, resource
from mug.core import process
resource.setrlimit(resource.RLIMIT_NOFILE, (100, min(900, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
assert process.allow_many_files() == resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 900
assert process.allow_many_files() == 900
process.collect_seldom()
assert gc.get_freeze_count() > 1000
assert gc.get_threshold() == process.COLLECTIONS
class Noticed(list):
    def __del__(self):
        print("collected")
ring = Noticed()
ring.append(ring)
del ring
gc.collect()
"""


def test_it_takes_what_the_system_allows_and_still_collects_garbage() -> None:
    """All file descriptors up to the hard limit are taken; what became unreachable later is still freed."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "collected\n", "")
