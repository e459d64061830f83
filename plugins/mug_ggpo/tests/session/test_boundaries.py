"""The session can be shipped to browsers as it is."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import mug_ggpo.session

FOLDER = Path(mug_ggpo.session.__file__).parent
FORBIDDEN = {"asyncio", "threading", "time", "socket", "random", "os", "subprocess"}


def test_the_session_needs_the_standard_library_only():
    """No clock, no threads, no input or output, nothing of mug; no import inside functions either."""
    files = sorted(FOLDER.rglob("*.py"))
    assert len(files) > 10
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            for name in names:
                root = name.partition(".")[0]
                own = name.startswith("mug_ggpo.session")
                assert own or (root in sys.stdlib_module_names and root not in FORBIDDEN), f"{path}: {name}"


def test_the_session_is_quickly_imported():
    """It brings in little of the standard library that a browser's Python has not loaded anyway."""
    code = (
        "import sys, dataclasses, typing, collections.abc; before = set(sys.modules)\n"
        "import mug_ggpo; known = set(sys.modules)\n"
        "import mug_ggpo.session\n"
        "print([name for name in set(sys.modules) - known if not name.startswith('mug_ggpo')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(ast.literal_eval(done.stdout)) <= {"binascii"}
