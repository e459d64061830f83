"""Steps one environment for one game, in a browser and on a server alike.

This package imports the standard library, NumPy and `mug.rendering` only (Gymnasium, PettingZoo and
onnxruntime inside the functions that need them). It has no clock, no network and no threads:
whoever owns an `Engine` tells it to advance.

- `mug.engine.engine`: `Engine` and its `Rules`
- `mug.engine.environments`: every kind of environment behind one interface
- `mug.engine.policies`, `mug.engine.onnx`: what fills a seat that no participant fills
- `mug.engine.models`: models that run here, and those that run beside the interpreter
- `mug.engine.callbacks`: a researcher's hooks on what happens in a game
- `mug.engine.records`: what is recorded of a game
- `mug.engine.snapshot`: the whole state of a game, to save and load
- `mug.engine.seeds`: one seed for each thing that is random
"""
