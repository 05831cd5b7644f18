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
from registry.plugins.exporters.onnx.copying import conditions_copied_alone
from registry.plugins.exporters.onnx.operations import HANDLERS

UNSUPPORTED = re.compile(r"Tensorflow op \[(?P<name>.+): (?P<operation>\w+)\] is not supported")
"""What tf2onnx only logs: it writes a file all the same, which nothing can run."""

PASSES = ("fold_constants", "merge_duplication", "remove_identity")
"""What tf2onnx does to make a file smaller; the passes that move transpositions take most of its time for networks with
loops, and onnxruntime has its own, which it does when it opens a file."""

HINT = "exported as `savedmodel` it may run; or write the layer with operations that ONNX has"


def convert(network: Exportable, place: Path, opset: int) -> None:
    """Write a network as an ONNX file.

    Raises InputError for operations that ONNX does not have, by node; RunError for a file that onnxruntime refuses.
    """
    import onnx

    with _logged() as lines, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = _converted(network, opset)
        missing = {match["name"]: f"ONNX has no operation {match['operation']}" for match in _unsupported(lines)}
        if missing:
            raise network.refused(missing, HINT)
        made = _smaller(graph).make_model(network.name)
    if unknown := dict(_unknown(made.graph)):
        raise network.refused(unknown, HINT)
    _allow_no_hits(made.graph)
    try:
        onnx.checker.check_model(made)
        _load(made.SerializeToString())
    except Exception as error:  # each library has errors of its own
        said = " ".join(str(error).split())
        raise RunError(f"the ONNX file would not run, and is not written: {said[:400]}") from error
    place.write_bytes(made.SerializeToString())


def _converted(network: Exportable, opset: int) -> Any:
    """Return tf2onnx's graph of a network, made of the frozen graph of its function."""
    import tensorflow as tf
    from tf2onnx import convert, tf_loader, tfonnx

    signature = [tf.TensorSpec(given.shape, given.dtype, given.name) for given in network.inputs]
    function: Any = network.call
    traced = function.get_concrete_function(*signature)
    inputs = [tensor.name for tensor in traced.inputs if tensor.dtype != tf.resource]
    outputs = [tensor.name for tensor in traced.outputs]
    names = convert.tensor_names_from_structed(traced, inputs, outputs)
    with tf.device("/cpu:0"):
        frozen = tf_loader.from_function(traced, inputs, outputs)
        with tf.Graph().as_default() as graph, conditions_copied_alone():
            tf.import_graph_def(frozen, name="")
            return tfonnx.process_tf_graph(
                graph,
                continue_on_error=True,
                opset=opset,
                custom_op_handlers={name: (each, []) for name, each in HANDLERS.items()},
                input_names=inputs,
                output_names=outputs,
                tensors_to_rename=names,
            )


def _smaller(graph: Any) -> Any:
    """Return a graph without what is constant, there twice, or does nothing."""
    from tf2onnx import optimizer

    passes = {name: each for name, each in optimizer._get_optimizers().items() if name in PASSES}
    return optimizer.optimize_graph(graph, catch_errors=False, optimizers=passes)


def _unknown(graph: Any) -> Iterator[tuple[str, str]]:
    """Yield the operations of a graph that ONNX does not know, with the reason: tf2onnx may hand them on untouched."""
    import onnx

    for node in graph.node:
        if not node.domain and not onnx.defs.has(node.op_type):
            yield node.name, f"ONNX has no operation {node.op_type}"
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _unknown(attribute.g)


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
