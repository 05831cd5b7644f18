"""Converts a network to ONNX by tf2onnx, and makes sure that what comes out is one."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from registry.contract.errors import RunError
from registry.contract.exporter import Exportable
from registry.plugins.exporters.onnx.operations import HANDLERS

UNSUPPORTED = re.compile(r"Tensorflow op \[(?P<name>.+): (?P<operation>\w+)\] is not supported")
"""What tf2onnx only logs: it writes a file all the same, which nothing can run."""

HINT = "exported as `savedmodel` it may run; or write the layer with operations that ONNX has"


def convert(network: Exportable, place: Path, opset: int) -> None:
    """Write a network as an ONNX file.

    Raises InputError for operations that ONNX does not have, by node; RunError for a file that onnxruntime refuses.
    """
    import onnx
    import tensorflow as tf
    import tf2onnx

    signature = [tf.TensorSpec(given.shape, given.dtype, given.name) for given in network.inputs]
    with _logged() as lines, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made, _ = tf2onnx.convert.from_function(
            network.call,
            signature,
            opset=opset,
            custom_op_handlers={name: (each, []) for name, each in HANDLERS.items()},
        )
    if missing := {match["name"]: f"ONNX has no operation {match['operation']}" for match in _unsupported(lines)}:
        raise network.refused(missing, HINT)
    _allow_no_hits(made.graph)
    try:
        onnx.checker.check_model(made)
        _load(made.SerializeToString())
    except Exception as error:  # each library has errors of its own
        said = " ".join(str(error).split())
        raise RunError(f"the ONNX file would not run, and is not written: {said[:400]}") from error
    place.write_bytes(made.SerializeToString())


def _load(content: bytes) -> None:
    import onnxruntime

    onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def _unsupported(lines: list[str]) -> Iterator[re.Match[str]]:
    return (match for line in lines if (match := UNSUPPORTED.search(line)))


def _allow_no_hits(graph: Any) -> None:
    """Let a length of 0 in a shape that is computed mean that, and not the length that was there before."""
    from onnx import helper

    constant = {item.name for item in graph.initializer}
    constant |= {name for node in graph.node if node.op_type == "Constant" for name in node.output}
    for node in graph.node:
        if node.op_type == "Reshape" and node.input[1] not in constant:
            del node.attribute[:]
            node.attribute.append(helper.make_attribute("allowzero", 1))
        for attribute in node.attribute:
            if attribute.HasField("g"):
                _allow_no_hits(attribute.g)


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Keep what tf2onnx logs, and show none of it."""
    lines: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler = Keeping()
    loggers = [logging.getLogger(name) for name in ("tf2onnx", *_loggers_below("tf2onnx"))]
    before = [(logger, logger.handlers[:], logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [handler], False
    try:
        yield lines
    finally:
        for logger, handlers, propagate in before:
            logger.handlers, logger.propagate = handlers, propagate


def _loggers_below(name: str) -> list[str]:
    return [known for known in logging.root.manager.loggerDict if known.startswith(f"{name}.")]
