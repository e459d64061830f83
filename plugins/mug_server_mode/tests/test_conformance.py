from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mug_server_mode
import pytest
from mug_server_mode.runtime import ServerRuntime

from mug.testing import conformance


@pytest.mark.parametrize("check", conformance.runtime, ids=lambda check: check.__name__)
def test_conforms(check: Callable[[Any], None]) -> None:
    """The runtime keeps every law of the kit that third parties' runtimes are tested with."""
    check(lambda: ServerRuntime(workers=1))


def test_it_offers_the_runtime_and_its_part_of_the_page() -> None:
    """Installed, the package gives the runtime by its name and one module that lies where it says."""
    assert mug_server_mode.mug_runtimes() == {"server": ServerRuntime}
    (module,) = mug_server_mode.mug_client_modules(experiment=None)  # type: ignore[arg-type]
    assert module.name == "server"
    assert Path(module.directory).parent == Path(mug_server_mode.__file__).parent
