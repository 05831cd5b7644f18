"""Several numbers in registers: a small vector type for the inner loops of the kernels.

LLVM turns a plain loop into vector code only when it can prove that the arrays do not overlap, and keeps the partial
sums of such a loop in memory. The two inner loops that dominate a training step (distances to a tile of hits, sums over
neighbours) need their sums in registers. This module adds that to Numba, in the vocabulary `load`, `splat`, `store`,
`+ - * /`, `fused`, `larger`, `at_least` and `choose`; LLVM maps the lanes to whatever the processor has.

Vectors have sixteen lanes, unless one is given to be `like` (made by `zeros`): then they have as many as that one.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable
from typing import Any

import numba.extending
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models

LANES = 16
_INT32 = ir.IntType(32)

# Numba types what `intrinsic` makes as if it were called from Python, with its typing context.
intrinsic: Any = numba.extending.intrinsic


class Vector(types.Type):
    """The Numba type of several numbers of one scalar type (float32, float64, int32 or int16)."""

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
    types.int32: _INT32,
    types.int16: ir.IntType(16),
}


def _vector_ir(vector: Vector) -> ir.VectorType:
    return ir.VectorType(_LLVM_SCALARS[vector.scalar], vector.lanes)


@numba.extending.register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Vector) -> None:
        super().__init__(manager, numba_type, _vector_ir(numba_type))


@numba.extending.register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Mask) -> None:
        super().__init__(manager, numba_type, ir.VectorType(ir.IntType(1), numba_type.lanes))


def _address(context: Any, builder: Any, signature: Any, arguments: Any, vector: Vector) -> Any:
    """Address of element arguments[1] of the C-contiguous array arguments[0], as a pointer to a vector."""
    data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
    element = builder.gep(data, [context.cast(builder, arguments[1], signature.args[1], types.int64)])
    return builder.bitcast(element, _vector_ir(vector).as_pointer())


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
def store(typing_context: Any, array: Any, offset: Any, vector: Any) -> Any:
    """Write a vector to a C-contiguous array from flat position `offset` on (no bounds check).

    int32 numbers that fit can be written to an int16 array.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target = Vector(array.dtype, vector.lanes)
        value = arguments[2]
        if target != vector:
            value = builder.trunc(value, _vector_ir(target))
        address = _address(context, builder, signature, arguments, target)
        builder.store(value, address).align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    return types.void(array, offset, vector), generate


def _generate_splat(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    vector = signature.return_type
    empty = ir.Constant(_vector_ir(vector), ir.Undefined)
    first = builder.insert_element(empty, arguments[0], ir.Constant(_INT32, 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(_INT32, vector.lanes), [0] * vector.lanes))


@intrinsic
def splat(typing_context: Any, scalar: Any) -> Any:
    """Return a vector with `scalar` in each of sixteen lanes."""
    return Vector(scalar)(scalar), _generate_splat


@intrinsic
def splat_like(typing_context: Any, scalar: Any, like: Any) -> Any:
    """Return a vector with `scalar` in as many lanes as `like` has."""
    return Vector(scalar, like.lanes)(scalar, like), _generate_splat


@intrinsic
def constant(typing_context: Any, value: Any, like: Any) -> Any:
    """Return a vector of the type of `like` with `value`, converted to it, in every lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.cast(builder, arguments[0], signature.args[0], like.scalar)
        return _generate_splat(context, builder, signature, [number])

    return like(value, like), generate


@intrinsic(prefer_literal=True)
def zeros(typing_context: Any, array: Any, lanes: Any) -> Any:
    """Return zeros of the array's type in `lanes` lanes (a constant)."""
    if not isinstance(lanes, types.IntegerLiteral):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return ir.Constant(_vector_ir(signature.return_type), None)

    return Vector(array.dtype, lanes.literal_value)(array, lanes), generate


@intrinsic
def at_least(typing_context: Any, left: Any, right: Any) -> Any:
    """Return the mask of `left >= right`, lane by lane (False where either is NaN)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fcmp_ordered(">=", arguments[0], arguments[1])

    return Mask(left.lanes)(left, right), generate


@intrinsic
def equal(typing_context: Any, left: Any, right: Any) -> Any:
    """Return the mask of `left == right`, lane by lane, of two vectors of integers."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.icmp_signed("==", arguments[0], arguments[1])

    return Mask(left.lanes)(left, right), generate


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


def _call_llvm(builder: Any, name: str, vector: Vector, arguments: Any) -> Any:
    """Call LLVM's function `name` on vectors."""
    kind = _vector_ir(vector)
    function_type = ir.FunctionType(kind, [kind] * len(arguments))
    name = f"llvm.{name}.v{vector.lanes}f{vector.scalar.bitwidth}"
    return builder.call(cgutils.get_or_insert_function(builder.module, function_type, name), arguments)


@intrinsic
def absolute(typing_context: Any, vector: Any) -> Any:
    """Return the absolute value, lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _call_llvm(builder, "fabs", vector, arguments)

    return vector(vector), generate


@intrinsic
def square_root(typing_context: Any, vector: Any) -> Any:
    """Return the square root, lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _call_llvm(builder, "sqrt", vector, arguments)

    return vector(vector), generate


@intrinsic
def exponential(typing_context: Any, vector: Any) -> Any:
    """Return exp(x), lane by lane; below -87.3 it is 0 in float32 (no subnormal numbers).

    float32: 2^n times a polynomial in the rest (Cephes, S. L. Moshier), good to the last bit or two. float64: the
    mathematical library, number by number.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if vector.scalar == types.float64:
            return _call_llvm(builder, "exp", vector, arguments)
        return _exponential_32(builder, vector, arguments[0])

    return vector(vector), generate


_EXP_POLYNOMIAL = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5, 1.0, 1.0)
_LOWEST_EXPONENT, _HIGHEST_EXPONENT = -87.3, 88.3


def _exponential_32(builder: Any, vector: Vector, x: Any) -> Any:
    kind = _vector_ir(vector)
    integers = ir.VectorType(_INT32, vector.lanes)

    def every(value: float) -> Any:
        single = struct.unpack("f", struct.pack("f", value))[0]
        return ir.Constant(kind, [single] * vector.lanes)

    def multiply_add(*values: Any) -> Any:
        return _call_llvm(builder, "fmuladd", vector, values)

    vanishes = builder.fcmp_ordered("<", x, every(_LOWEST_EXPONENT))
    x = builder.select(vanishes, every(_LOWEST_EXPONENT), x)
    x = builder.select(builder.fcmp_ordered(">", x, every(_HIGHEST_EXPONENT)), every(_HIGHEST_EXPONENT), x)
    power = _call_llvm(builder, "rint", vector, [builder.fmul(x, every(1.44269504088896341))])
    # ln 2 in two parts: the first has few digits, so that its product with a whole number is exact.
    rest = multiply_add(power, every(-0.693359375), x)
    rest = multiply_add(power, every(2.12194440e-4), rest)
    value = every(_EXP_POLYNOMIAL[0])
    for coefficient in _EXP_POLYNOMIAL[1:]:
        value = multiply_add(value, rest, every(coefficient))
    exponent = builder.add(builder.fptosi(power, integers), ir.Constant(integers, [127] * vector.lanes))
    bits = builder.shl(exponent, ir.Constant(integers, [23] * vector.lanes))
    return builder.select(vanishes, ir.Constant(kind, None), builder.fmul(value, builder.bitcast(bits, kind)))


@intrinsic
def fused(typing_context: Any, left: Any, right: Any, addend: Any) -> Any:
    """Return `left * right + addend`, rounded once where the processor can.

    The operators `+` and `*` are never fused, so distances agree to the last bit with those of TensorFlow and NumPy.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _call_llvm(builder, "fmuladd", left, arguments)

    return left(left, right, addend), generate


@intrinsic
def lane_sum(typing_context: Any, vector: Any) -> Any:
    """Return the sum over the lanes, added pairwise (always in the same order)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, width = arguments[0], vector.lanes
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
