"""What the runtime is assembled from."""

from __future__ import annotations

from pathlib import Path

PLUGIN = Path(__file__).resolve().parents[1]
ROOT = PLUGIN.parents[1]
NODE_MODULES = ROOT / "node_modules"
TARGET = PLUGIN / "mug_pyodide" / "static" / "runtime"

PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
ONNX_FILES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
STANDARD_LIBRARY = "python_stdlib.zip"
LOCK = "pyodide-lock.json"

CARRIER = "open-webui==0.12.4"
"""A distribution that carries packages of Pyodide's distribution, as they are, in its wheel."""
CARRIER_SHA256 = "02e9caba96234db3fa17a92e56163b3f7f2b8ca8227fa886b85c178d696483f6"
CARRIER_PYTHON = "3.12"
"""A version of Python that the carrier's wheel is published for; it is only unpacked."""

PACKAGES = (
    "lxml",
    "matplotlib",
    "numpy",
    "pandas",
    "pillow",
    "pydantic",
    "regex",
    "scikit-learn",
    "scipy",
    "sympy",
)
"""Packages with compiled parts that environments may ask for; what these depend on comes with them."""
