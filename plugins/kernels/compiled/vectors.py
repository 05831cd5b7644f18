"""Sixteen numbers in a register: a small vector type for the inner loops of the kernels.

LLVM turns a plain loop into vector code only when it can prove that the arrays do not overlap, and keeps the partial
sums of such a loop in memory. The two inner loops that dominate a training step (distances to a tile of hits, sums over
neighbours) need their sums in registers. This module adds that to Numba, in the vocabulary `load`, `splat`, `store`,
`+ - *`, `fused`, `larger`, `at_least` and `choose`; LLVM maps sixteen lanes to whatever the processor has.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, overload, register_model

LANES = 16
_INT32, _INT64 = ir.IntType(32), ir.IntType(64)


class Vector(types.Type):  # type: ignore[misc]
    """The Numba type of sixteen numbers of one scalar type (float32, float64 or int32)."""

    def __init__(self, scalar: Any) -> None:
        self.scalar = scalar
        super().__init__(name=f"Vector({scalar} x {LANES})")


class Mask(types.Type):  # type: ignore[misc]
    """The Numba type of sixteen truth values, the result of a comparison of two vectors."""

    def __init__(self) -> None:
        super().__init__(name=f"Mask({LANES})")


_LLVM_SCALARS = {
    types.float32: ir.FloatType(),
    types.float64: ir.DoubleType(),
    types.int32: _INT32,
    types.int16: ir.IntType(16),
}


def _vector_ir(scalar: Any) -> ir.VectorType:
    return ir.VectorType(_LLVM_SCALARS[scalar], LANES)


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, numba_type: Vector) -> None:
        super().__init__(manager, numba_type, _vector_ir(numba_type.scalar))


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, numba_type: Mask) -> None:
        super().__init__(manager, numba_type, ir.VectorType(ir.IntType(1), LANES))


def _address(context: Any, builder: Any, array_type: Any, array: Any, offset: Any) -> Any:
    """Address of element `offset` (int64, counted in elements) of a C-contiguous array, as a pointer to a vector."""
    data = context.make_array(array_type)(context, builder, array).data
    element = builder.gep(data, [offset])
    return builder.bitcast(element, _vector_ir(array_type.dtype).as_pointer())


@intrinsic
def load(typing_context: Any, array: Any, offset: Any) -> Any:
    """Read sixteen consecutive elements of a C-contiguous array from flat position `offset` (no bounds check)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        position = context.cast(builder, arguments[1], signature.args[1], types.int64)
        value = builder.load(_address(context, builder, signature.args[0], arguments[0], position))
        value.align = 4
        return value

    return Vector(array.dtype)(array, offset), generate


@intrinsic
def store(typing_context: Any, array: Any, offset: Any, vector: Any) -> Any:
    """Write sixteen elements to a C-contiguous array from flat position `offset` on (no bounds check).

    int32 numbers that fit can be written to an int16 array.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        position = context.cast(builder, arguments[1], signature.args[1], types.int64)
        address = _address(context, builder, signature.args[0], arguments[0], position)
        value = arguments[2]
        if signature.args[0].dtype == types.int16:
            value = builder.trunc(value, _vector_ir(types.int16))
        builder.store(value, address).align = 2
        return context.get_dummy_value()

    return types.void(array, offset, vector), generate


@intrinsic
def splat(typing_context: Any, scalar: Any) -> Any:
    """Return a vector with `scalar` (float32, float64 or int32) in every lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector_type = _vector_ir(signature.args[0])
        empty = ir.Constant(vector_type, ir.Undefined)
        first = builder.insert_element(empty, arguments[0], ir.Constant(_INT32, 0))
        return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(_INT32, LANES), [0] * LANES))

    return Vector(scalar)(scalar), generate


@intrinsic
def at_least(typing_context: Any, left: Any, right: Any) -> Any:
    """Return the mask of `left >= right`, lane by lane (False where either is NaN)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fcmp_ordered(">=", arguments[0], arguments[1])

    return Mask()(left, right), generate


@intrinsic
def choose(typing_context: Any, mask: Any, yes: Any, no: Any) -> Any:
    """Return `yes` where the mask is set and `no` elsewhere."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(arguments[0], arguments[1], arguments[2])

    return yes(mask, yes, no), generate


@intrinsic
def larger(typing_context: Any, left: Any, right: Any) -> Any:
    """Return the larger of two vectors, lane by lane (`right` where a lane is NaN)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *arguments), *arguments)

    return left(left, right), generate


@intrinsic
def fused(typing_context: Any, left: Any, right: Any, addend: Any) -> Any:
    """Return `left * right + addend`, rounded once where the processor can.

    The operators `+` and `*` are never fused, so distances agree to the last bit with those of TensorFlow and NumPy.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = _vector_ir(left.scalar)
        name = f"llvm.fmuladd.v{LANES}f{left.scalar.bitwidth}"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector] * 3), name)
        return builder.call(function, arguments)

    return left(left, right, addend), generate


@intrinsic
def lane_sum(typing_context: Any, vector: Any) -> Any:
    """Return the sum over the sixteen lanes, added pairwise (always in the same order)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, width = arguments[0], LANES
        while width > 1:
            width //= 2
            halves = [
                builder.shuffle_vector(value, value, ir.Constant(ir.VectorType(_INT32, width), list(lanes)))
                for lanes in (range(width), range(width, 2 * width))
            ]
            value = builder.fadd(*halves)
        return builder.extract_element(value, ir.Constant(_INT32, 0))

    return vector.scalar(vector), generate


def _elementwise(method: str) -> Callable[..., Any]:
    @intrinsic  # type: ignore[untyped-decorator]
    def operation(typing_context: Any, left: Any, right: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return getattr(builder, method)(*arguments)

        return left(left, right), generate

    return operation  # type: ignore[no-any-return]


_add, _subtract, _multiply = _elementwise("fadd"), _elementwise("fsub"), _elementwise("fmul")


def _overload_operator(symbol: Any, operation: Any) -> None:
    # Numba compares the argument lists of typing and implementation, annotations included: neither has any.
    @overload(symbol)  # type: ignore[untyped-decorator]
    def implementation(left, right):  # type: ignore[no-untyped-def]
        if isinstance(left, Vector) and left == right:
            return lambda left, right: operation(left, right)
        return None


_overload_operator(operator.add, _add)
_overload_operator(operator.sub, _subtract)
_overload_operator(operator.mul, _multiply)
