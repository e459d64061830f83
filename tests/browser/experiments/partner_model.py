"""Small recurrent networks, the same wherever they are made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

NUMBERS, ACTIONS = 12, 5
HIDDEN = 16
FORGETS, CLINGS = 0.8, 3.0
"""By how much the difference of two states shrinks or grows in a step: roundings fade away, or take over."""


def save(path: Path, memory: float) -> None:
    """Write a network with weights from a fixed seed.

    Args:
        path: where to.
        memory: `FORGETS` or `CLINGS`.
    """
    random = np.random.default_rng(5)
    turn, _ = np.linalg.qr(random.normal(size=(HIDDEN, HIDDEN)))
    weights = {
        "w_in": random.normal(0, 0.3, (NUMBERS, HIDDEN)),
        "w_state": memory * turn,
        "w_out": random.normal(0, 1, (HIDDEN, ACTIONS)),
    }
    tensors = [numpy_helper.from_array(values.astype(np.float32), name) for name, values in weights.items()]
    nodes = [
        helper.make_node("MatMul", ["input", "w_in"], ["seen"]),
        helper.make_node("MatMul", ["state", "w_state"], ["kept"]),
        helper.make_node("Add", ["seen", "kept"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["next"]),
        helper.make_node("MatMul", ["next", "w_out"], ["plain"]),
        helper.make_node("Mul", ["plain", "gain"], ["logits"]),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("input", [1, NUMBERS]), ("state", [1, HIDDEN]), ("gain", [1]))
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("logits", [1, ACTIONS]), ("next", [1, HIDDEN]))
    ]
    graph = helper.make_graph(nodes, "partner", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    path.write_bytes(model.SerializeToString())
