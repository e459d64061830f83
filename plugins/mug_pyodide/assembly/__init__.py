"""Assembles what a browser needs to run Python: ``mug_pyodide/static/runtime``.

Run by ``make setup``. Pyodide and onnxruntime-web come out of ``node_modules``, the packages built for
Pyodide from its own distribution or out of a wheel that carries them; the standard library and NumPy are
packed anew as bytecode, and everything is compressed once. Who installs the wheel needs nothing of this.
"""
