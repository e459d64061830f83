"""The assembled runtime in a real browser, under the policy that mug serves its worker with."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

NEEDED = {
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide-lock.json",
    "python_stdlib.zip",
    "numpy-2.4.3-cp314-cp314-pyemscripten_2026_0_wasm32.whl",
}
"""What every game loads."""
NOT_IN_BROWSERS = (
    "concurrent.futures.interpreter",
    "concurrent.interpreters",
    "encodings.mbcs",
    "encodings.oem",
    "multiprocessing.forkserver",
    "multiprocessing.popen_forkserver",
    "multiprocessing.resource_tracker",
    "multiprocessing.shared_memory",
    "numpy._core.cversions",
)
"""What stands in Python's own library, but needs Windows, processes, or other interpreters."""
NUMBERS = """
import numpy as np
generator = np.random.default_rng(7)
[
    generator.integers(1000, size=5).tolist(),
    generator.random(3).tolist(),
    np.linalg.inv(np.eye(2) * 4).tolist(),
    np.fft.fft([1, 0, 0, 0]).real.tolist(),
    int(np.ma.masked_array([1, 2], [0, 1]).sum()),
]
"""
EPISODE = """
import gymnasium
env = gymnasium.make("CartPole-v1")
observation, info = env.reset(seed=3)
seen = [observation.tolist()]
for number in range(12):
    observation, reward, terminated, truncated, info = env.step(number // 3 % 2)
    seen.append(observation.tolist())
seen
"""


async def test_numpy_computes_what_it_computes_elsewhere(booted):
    """Generators, linear algebra, transforms and masked arrays are there and give what native NumPy gives."""
    integers, floats, *others = (await booted.ask("python", NUMBERS))["value"]
    generator = np.random.default_rng(7)
    assert integers == generator.integers(1000, size=5).tolist()
    assert floats == generator.random(3).tolist()
    assert others == [[[0.25, 0], [0, 0.25]], [1, 1, 1, 1], 1]


async def test_gymnasium_plays_from_bytecode(booted):
    """An environment of Gymnasium steps as it does natively."""
    seen = (await booted.ask("python", EPISODE))["value"]
    env = gymnasium.make("CartPole-v1")
    expected = [env.reset(seed=3)[0].tolist()]
    expected += [env.step(number // 3 % 2)[0].tolist() for number in range(12)]
    assert seen == expected


async def test_the_late_part_of_the_library_comes_when_it_is_imported(booted):
    """What most environments need comes at once; an import of anything else waits for the rest."""
    assert booted.sent["python_stdlib_late.zip"] == 0
    code = """
import xml.etree.ElementTree as tree, unittest.mock, email.message, pydoc
from numpy import *
[tree.fromstring("<a><b/></a>")[0].tag, b"\\xe9".decode("cp1252"), unittest.mock.Mock().x is not None]
"""
    assert (await booted.ask("python", code))["value"] == ["b", "é", True]
    assert booted.sent["python_stdlib_late.zip"] > 500_000


async def test_models_run_beside_python(booted):
    """onnxruntime-web infers in the very same worker."""
    assert await booted.ask("infer", [0, 1, -2, 0.5]) == [1, 3, -3, 2]


async def test_everything_that_is_there_imports(booted):
    """Every module of the standard library and of NumPy imports, but for those that no browser can have."""
    code = """
import importlib, pkgutil, sys, warnings, xml, zipfile
warnings.simplefilter("ignore")
names = []
for archive in ("/lib/python314.zip", "/lib/python314_late.zip"):
    names += zipfile.ZipFile(archive).namelist()
modules = {name[:-4].removesuffix("/__init__").replace("/", ".") for name in names if name.endswith(".pyc")}
import numpy
modules |= {module.name for module in pkgutil.walk_packages(numpy.__path__, "numpy.")}
refused = []
for name in sorted(modules):
    if name.endswith("__main__"):
        continue
    try:
        importlib.import_module(name)
    except Exception as problem:
        refused.append(name)
refused
"""
    refused = set((await booted.ask("python", code))["value"])
    assert {name for name in refused if not name.startswith(NOT_IN_BROWSERS)} == set()


@pytest.mark.slow
async def test_every_package_of_the_distribution_imports(booted):
    """Whatever ``packages_to_install`` may name is loaded from this server and can be imported."""
    names = ["pandas", "scikit-learn", "matplotlib", "pillow", "sympy", "lxml", "regex", "pydantic"]
    await booted.ask("load", names)
    code = """
import io
import lxml.etree, matplotlib, pandas, PIL.Image, pydantic, regex, scipy.optimize, sklearn.linear_model, sympy
matplotlib.use("agg")
import matplotlib.pyplot as pyplot
pyplot.plot([1, 2]); pyplot.savefig(io.BytesIO())
model = sklearn.linear_model.LinearRegression().fit([[0], [1]], [1, 3])
[pandas.DataFrame({"a": [1, 2]}).a.sum().item(), round(scipy.optimize.brentq(lambda x: x * x - 4, 0, 9), 6),
 model.predict([[2]]).round(6).tolist(), PIL.Image.new("RGB", (2, 3)).size[1], str(sympy.factor("x**2-1"))]
"""
    assert (await booted.ask("python", code))["value"] == [3, 2, [5], 3, "(x - 1)*(x + 1)"]


async def test_nothing_else_is_needed(booted):
    """No other host is asked for anything, and neither policy is violated."""
    await booted.ask("python", "1 + 1")
    assert booted.elsewhere == []
    assert booted.complaints == []


async def test_the_wire_carries_little(booted):
    """Python with NumPy is at most 6 MB for a browser that takes Brotli."""
    runtime = {name: size for name, size in booted.sent.items() if name in NEEDED}
    assert len(runtime) == len(NEEDED)
    assert sum(runtime.values()) < 6_000_000
