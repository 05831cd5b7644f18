"""Operations of TensorFlow that tf2onnx writes otherwise than they are meant, or not at all, by operations of ONNX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto
from tf2onnx import utils

CHOSEN = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT32, TensorProto.INT64, TensorProto.STRING)
"""Types that onnxruntime can choose among; others are chosen as whole numbers of 32 bits."""

SORTED = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT32, TensorProto.INT64)
"""Types that onnxruntime can sort; others go as one of these that holds all their numbers."""


def select(context: Any, node: Any, name: str, arguments: list[Any]) -> None:
    """Write a choice as one.

    tf2onnx writes `condition * x + (1 - condition) * y`, in which what is not chosen counts if it is infinite or nan.
    """
    dtype = context.get_dtype(node.output[0])
    node.type = "Where"
    if dtype in CHOSEN:
        return
    for place in (1, 2):
        context.insert_new_node_on_input(node, "Cast", node.input[place], input_index=place, to=TensorProto.INT32)
    context.set_dtype(node.output[0], TensorProto.INT32)
    context.insert_new_node_on_output("Cast", node.output[0], to=dtype)


def upper_bound(context: Any, node: Any, name: str, arguments: list[Any]) -> None:
    """Write the search in sorted values: the number of them that are at most the one that is looked for.

    Memory: one number for every pair of a value and a sorted one.
    """
    _bound(context, node, name, "LessOrEqual")


def lower_bound(context: Any, node: Any, name: str, arguments: list[Any]) -> None:
    """Write the search in sorted values: the number of them that are less than the one that is looked for."""
    _bound(context, node, name, "Less")


def _bound(context: Any, node: Any, name: str, comparison: str) -> None:
    output, (ordered, wanted) = node.output[0], node.input
    shape, dtype = context.get_shape(output), context.get_dtype(output)
    context.remove_node(node.name)
    rows, columns = (context.make_const(f"{name}_axis_{axis}", np.array([axis], np.int64)).output[0] for axis in (1, 2))
    ordered = context.make_node("Unsqueeze", [ordered, rows]).output[0]
    wanted = context.make_node("Unsqueeze", [wanted, columns]).output[0]
    found = context.make_node(comparison, [ordered, wanted]).output[0]
    counted = context.make_node("Cast", [found], attr={"to": dtype}).output[0]
    summed = {"name": name, "outputs": [output], "shapes": [shape], "dtypes": [dtype]}
    context.make_node("ReduceSum", [counted, columns], attr={"keepdims": 0}, **summed)


def segments(context: Any, node: Any, name: str, arguments: list[Any]) -> None:
    """Write what is summed, or the least or largest, of the rows of every segment.

    tf2onnx writes it by shapes that it computes from the rows, which are negative where there are none. Rows of no
    segment, whose number is negative, go to a last row that is cut off.
    """
    reduction, start = REDUCTIONS[node.type]
    output, (values, ids, count) = node.output[0], node.input
    shape, dtype = context.get_shape(output), context.get_dtype(output)
    context.remove_node(node.name)

    def const(part: str, *numbers: int) -> str:
        return str(context.make_const(f"{name}_{part}", np.array(numbers, np.int64)).output[0])

    def made(operation: str, *inputs: str, **attributes: Any) -> str:
        return str(context.make_node(operation, list(inputs), attr=attributes).output[0])

    kind = utils.map_onnx_to_numpy_type(dtype)
    least = start(np.finfo(kind) if np.issubdtype(kind, np.floating) else np.iinfo(kind))
    ids = made("Cast", ids, to=TensorProto.INT64)
    count = made("Reshape", made("Cast", count, to=TensorProto.INT64), const("one", 1))
    row = made("Slice", made("Shape", values), const("inner", 1), const("end", np.iinfo(np.int64).max))
    rows = made("Concat", made("Add", count, const("more", 1)), row, axis=0)
    begun = made("Expand", context.make_const(f"{name}_start", np.array(least, kind)).output[0], rows)
    place = made("Where", made("Less", ids, const("zero", 0)), count, ids)
    place = made("Unsqueeze", place, const("last", -1))
    found = made("ScatterND", begun, place, values, reduction=reduction)
    inputs = [found, const("first", 0), count, const("axis", 0)]
    context.make_node("Slice", inputs, name=name, outputs=[output], shapes=[shape], dtypes=[dtype])


REDUCTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "UnsortedSegmentSum": ("add", lambda limits: 0),
    "UnsortedSegmentMax": ("max", lambda limits: limits.min),
    "UnsortedSegmentMin": ("min", lambda limits: limits.max),
}
"""How rows of a segment are put together, and what a segment without a row has, by the limits of the type."""


def largest(context: Any, node: Any, name: str, arguments: list[Any]) -> None:
    """Write the largest of each row, by which TensorFlow sorts, as they are compared in their own type.

    tf2onnx compares all numbers as floats of 32 bits: whole ones above 2^24 become equal, and keep another order.
    """
    (values, count), (found, places) = node.input, node.output
    shapes, dtypes = node.output_shapes, node.output_dtypes
    context.remove_node(node.name)
    one = context.make_const(f"{name}_one", np.array([1], np.int64)).output[0]
    count = context.make_node("Cast", [count], attr={"to": TensorProto.INT64}).output[0]
    count = context.make_node("Reshape", [count, one]).output[0]
    if dtypes[0] not in SORTED:
        whole = np.issubdtype(utils.map_onnx_to_numpy_type(dtypes[0]), np.integer)
        to = TensorProto.INT64 if whole else TensorProto.FLOAT
        values = context.make_node("Cast", [values], attr={"to": to}).output[0]
    made = context.make_node("TopK", [values, count], output_count=2).output
    for each, output, shape, dtype in zip(made, (found, places), shapes, dtypes, strict=True):
        named = {"outputs": [output], "shapes": [shape], "dtypes": [dtype]}
        context.make_node("Cast", [each], attr={"to": dtype}, **named)


def log_of_one_more(context: Any, node: Any, name: str, arguments: list[Any]) -> None:
    """Write ln(1 + x) as ln(u) x / (u - 1), with u = 1 + x as it is rounded: a small x keeps its precision."""
    (x,), made, one = node.input, *_arithmetic(context, node, name)
    u = made("Add", x, one)
    step = made("Sub", u, one)
    factor = made("Where", made("Equal", step, x), one, made("Div", x, step))
    found = made("Mul", made("Log", u), factor)
    _replace(context, node, "Where", [made("Equal", u, one), x, found])


def exponential_less_one(context: Any, node: Any, name: str, arguments: list[Any]) -> None:
    """Write e^x - 1 as (u - 1) x / ln(u), with u = e^x as it is rounded: a small x keeps its precision."""
    (x,), made, one = node.input, *_arithmetic(context, node, name)
    u = made("Exp", x)
    step, logarithm = made("Sub", u, one), made("Log", u)
    factor = made("Where", made("Equal", logarithm, x), one, made("Div", x, logarithm))
    found = made("Mul", step, factor)
    lost = made("Equal", step, made("Neg", one))
    _replace(context, node, "Where", [made("Equal", u, one), x, made("Where", lost, step, found)])


def _arithmetic(context: Any, node: Any, name: str) -> tuple[Callable[..., str], str]:
    """Return what makes an operation of the dtype of a node, and the number one of it."""
    kind = utils.map_onnx_to_numpy_type(context.get_dtype(node.output[0]))

    def made(operation: str, *inputs: str) -> str:
        return str(context.make_node(operation, list(inputs)).output[0])

    return made, str(context.make_const(f"{name}_one", np.array(1, kind)).output[0])


def _replace(context: Any, node: Any, operation: str, inputs: list[str]) -> None:
    output = node.output[0]
    shape, dtype = context.get_shape(output), context.get_dtype(output)
    context.remove_node(node.name)
    context.make_node(operation, inputs, name=node.name, outputs=[output], shapes=[shape], dtypes=[dtype])


HANDLERS: dict[str, Callable[..., None]] = {
    "SelectV2": select,
    "UpperBound": upper_bound,
    "LowerBound": lower_bound,
    "Log1p": log_of_one_more,
    "Expm1": exponential_less_one,
    "TopKV2": largest,
    **dict.fromkeys(REDUCTIONS, segments),
}
