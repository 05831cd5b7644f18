"""Mathematical functions of vectors, lane by lane."""

from __future__ import annotations

import struct
from typing import Any

from llvmlite import ir
from numba import types

from registry.plugins.kernels.compiled.vectors import INT32, Vector, call_llvm, intrinsic, vector_ir


@intrinsic
def absolute(typing_context: Any, vector: Any) -> Any:
    """Return the absolute value, lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return call_llvm(builder, "fabs", vector, arguments)

    return vector(vector), generate


@intrinsic
def square_root(typing_context: Any, vector: Any) -> Any:
    """Return the square root, lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return call_llvm(builder, "sqrt", vector, arguments)

    return vector(vector), generate


@intrinsic
def exponential(typing_context: Any, vector: Any) -> Any:
    """Return exp(x), lane by lane; below -87.3 it is 0 in float32 (no subnormal numbers).

    float32: 2^n times a polynomial in the rest (Cephes, S. L. Moshier), good to the last bit or two. float64: the
    mathematical library, number by number.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if vector.scalar == types.float64:
            return call_llvm(builder, "exp", vector, arguments)
        return _exponential_32(builder, vector, arguments[0])

    return vector(vector), generate


_EXP_POLYNOMIAL = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5, 1.0, 1.0)
_LOWEST_EXPONENT, _HIGHEST_EXPONENT = -87.3, 88.3


def _exponential_32(builder: Any, vector: Vector, x: Any) -> Any:
    kind = vector_ir(vector)
    integers = ir.VectorType(INT32, vector.lanes)

    def every(value: float) -> Any:
        single = struct.unpack("f", struct.pack("f", value))[0]
        return ir.Constant(kind, [single] * vector.lanes)

    def multiply_add(*values: Any) -> Any:
        return call_llvm(builder, "fmuladd", vector, values)

    vanishes = builder.fcmp_ordered("<", x, every(_LOWEST_EXPONENT))
    x = builder.select(vanishes, every(_LOWEST_EXPONENT), x)
    x = builder.select(builder.fcmp_ordered(">", x, every(_HIGHEST_EXPONENT)), every(_HIGHEST_EXPONENT), x)
    power = call_llvm(builder, "rint", vector, [builder.fmul(x, every(1.44269504088896341))])
    # ln 2 in two parts: the first has few digits, so that its product with a whole number is exact.
    rest = multiply_add(power, every(-0.693359375), x)
    rest = multiply_add(power, every(2.12194440e-4), rest)
    value = every(_EXP_POLYNOMIAL[0])
    for coefficient in _EXP_POLYNOMIAL[1:]:
        value = multiply_add(value, rest, every(coefficient))
    exponent = builder.add(builder.fptosi(power, integers), ir.Constant(integers, [127] * vector.lanes))
    bits = builder.shl(exponent, ir.Constant(integers, [23] * vector.lanes))
    return builder.select(vanishes, ir.Constant(kind, None), builder.fmul(value, builder.bitcast(bits, kind)))
