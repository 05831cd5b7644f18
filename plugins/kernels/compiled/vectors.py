"""Several numbers in registers: a small vector type for the inner loops of the kernels.

LLVM turns a plain loop into vector code only when it can prove that the arrays do not overlap, and keeps the partial
sums of such a loop in memory. The two inner loops that dominate a training step (distances to a tile of hits, sums over
neighbours) need their sums in registers. This module adds that to Numba, in the vocabulary `load`, `splat`, `store`,
`+ - * /` and `fused` (comparisons: `comparing.py`); LLVM maps the lanes to whatever the processor has.

Vectors have sixteen lanes, unless one is given to be `like` (made by `zeros`): then they have as many as that one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numba.extending
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models

LANES = 16
INT32 = ir.IntType(32)

# Numba types what `intrinsic` makes as if it were called from Python, with its typing context.
intrinsic: Any = numba.extending.intrinsic


class Vector(types.Type):
    """The Numba type of several numbers of one scalar type (float32, float64, int64, int32 or int16)."""

    def __init__(self, scalar: Any, lanes: int = LANES) -> None:
        self.scalar, self.lanes = scalar, lanes
        super().__init__(name=f"Vector({scalar} x {lanes})")


class Mask(types.Type):
    """The Numba type of several truth values, the result of a comparison of two vectors."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__(name=f"Mask({lanes})")


_LLVM_SCALARS = {
    types.float32: ir.FloatType(),
    types.float64: ir.DoubleType(),
    types.int32: INT32,
    types.int64: ir.IntType(64),
    types.int16: ir.IntType(16),
}


def vector_ir(vector: Vector) -> ir.VectorType:
    return ir.VectorType(_LLVM_SCALARS[vector.scalar], vector.lanes)


@numba.extending.register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Vector) -> None:
        super().__init__(manager, numba_type, vector_ir(numba_type))


@numba.extending.register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Mask) -> None:
        super().__init__(manager, numba_type, ir.VectorType(ir.IntType(1), numba_type.lanes))


def _address(context: Any, builder: Any, signature: Any, arguments: Any, vector: Vector) -> Any:
    """Address of element arguments[1] of the C-contiguous array arguments[0], as a pointer to a vector."""
    data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
    element = builder.gep(data, [context.cast(builder, arguments[1], signature.args[1], types.int64)])
    return builder.bitcast(element, vector_ir(vector).as_pointer())


def _generate_load(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    value = builder.load(_address(context, builder, signature, arguments, signature.return_type))
    value.align = signature.args[0].dtype.bitwidth // 8
    return value


@intrinsic
def load(typing_context: Any, array: Any, offset: Any) -> Any:
    """Read sixteen consecutive elements of a C-contiguous array from flat position `offset` on (no bounds check)."""
    return Vector(array.dtype)(array, offset), _generate_load


@intrinsic
def load_like(typing_context: Any, array: Any, offset: Any, like: Any) -> Any:
    """Read as many elements as `like` has lanes."""
    return Vector(array.dtype, like.lanes)(array, offset, like), _generate_load


@intrinsic
def element(typing_context: Any, array: Any, offset: Any) -> Any:
    """Read one element of a C-contiguous array from flat position `offset` (no check of it)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = context.cast(builder, arguments[1], signature.args[1], types.int64)
        return builder.load(builder.gep(data, [place]))

    return array.dtype(array, offset), generate


@intrinsic
def store(typing_context: Any, array: Any, offset: Any, vector: Any) -> Any:
    """Write a vector to a C-contiguous array from flat position `offset` on (no bounds check).

    int32 numbers that fit can be written to an int16 array.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target = Vector(array.dtype, vector.lanes)
        value = arguments[2]
        if target != vector:
            value = builder.trunc(value, vector_ir(target))
        address = _address(context, builder, signature, arguments, target)
        builder.store(value, address).align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    return types.void(array, offset, vector), generate


def generate_splat(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    vector = signature.return_type
    empty = ir.Constant(vector_ir(vector), ir.Undefined)
    first = builder.insert_element(empty, arguments[0], ir.Constant(INT32, 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(INT32, vector.lanes), [0] * vector.lanes))


@intrinsic
def splat(typing_context: Any, scalar: Any) -> Any:
    """Return a vector with `scalar` in each of sixteen lanes."""
    return Vector(scalar)(scalar), generate_splat


@intrinsic
def splat_like(typing_context: Any, scalar: Any, like: Any) -> Any:
    """Return a vector with `scalar` in as many lanes as `like` has."""
    return Vector(scalar, like.lanes)(scalar, like), generate_splat


@intrinsic
def constant(typing_context: Any, value: Any, like: Any) -> Any:
    """Return a vector of the type of `like` with `value`, converted to it, in every lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.cast(builder, arguments[0], signature.args[0], like.scalar)
        return generate_splat(context, builder, signature, [number])

    return like(value, like), generate


@intrinsic(prefer_literal=True)
def zeros(typing_context: Any, array: Any, lanes: Any) -> Any:
    """Return zeros of the array's type in `lanes` lanes (a constant)."""
    if not isinstance(lanes, types.IntegerLiteral):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return ir.Constant(vector_ir(signature.return_type), None)

    return Vector(array.dtype, lanes.literal_value)(array, lanes), generate


def call_llvm(builder: Any, name: str, vector: Vector, arguments: Any) -> Any:
    """Call LLVM's function `name` on vectors."""
    kind = vector_ir(vector)
    function_type = ir.FunctionType(kind, [kind] * len(arguments))
    name = f"llvm.{name}.v{vector.lanes}f{vector.scalar.bitwidth}"
    return builder.call(cgutils.get_or_insert_function(builder.module, function_type, name), arguments)


@intrinsic
def fused(typing_context: Any, left: Any, right: Any, addend: Any) -> Any:
    """Return `left * right + addend`, rounded once where the processor can.

    The operators `+` and `*` are never fused, so distances agree to the last bit with those of TensorFlow and NumPy.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return call_llvm(builder, "fmuladd", left, arguments)

    return left(left, right, addend), generate


def _elementwise(method: str) -> Callable[..., Any]:
    @intrinsic
    def operation(typing_context: Any, left: Any, right: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return getattr(builder, method)(*arguments)

        return left(left, right), generate

    return operation


_add, _subtract = _elementwise("fadd"), _elementwise("fsub")
_multiply, _divide = _elementwise("fmul"), _elementwise("fdiv")


def _overload_operator(symbol: Any, operation: Any) -> None:
    # Numba compares the argument lists of typing and implementation, annotations included: neither has any.
    @numba.extending.overload(symbol)
    def implementation(left, right):  # type: ignore[no-untyped-def]
        if isinstance(left, Vector) and left == right:
            return lambda left, right: operation(left, right)
        return None


_overload_operator(operator.add, _add)
_overload_operator(operator.sub, _subtract)
_overload_operator(operator.mul, _multiply)
_overload_operator(operator.truediv, _divide)
