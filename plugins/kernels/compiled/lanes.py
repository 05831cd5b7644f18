"""Moving the lanes of vectors: to the front, to one another's place, into pairs; the rest of their vocabulary."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from registry.plugins.kernels.compiled.vectors import INT32, Vector, intrinsic, vector_ir

_INT64 = ir.IntType(64)


@intrinsic
def compressed(typing_context: Any, vector: Any, bits: Any) -> Any:
    """Return the lanes whose bit is set, side by side from lane 0 on; what the other lanes hold is not defined."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = vector_ir(vector)
        masks = ir.VectorType(ir.IntType(1), vector.lanes)
        mask = builder.bitcast(builder.trunc(arguments[1], ir.IntType(vector.lanes)), masks)
        letter = "f" if isinstance(kind.element, (ir.FloatType, ir.DoubleType)) else "i"
        name = f"llvm.experimental.vector.compress.v{vector.lanes}{letter}{vector.scalar.bitwidth}"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind, masks, kind]), name)
        return builder.call(function, [arguments[0], mask, ir.Constant(kind, ir.Undefined)])

    return vector(vector, bits), generate


@intrinsic
def widened(typing_context: Any, vector: Any) -> Any:
    """Return int16 numbers as int32."""
    result = Vector(types.int32, vector.lanes)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.sext(arguments[0], vector_ir(result))

    return result(vector), generate


@intrinsic
def bits_set(typing_context: Any, bits: Any) -> Any:
    """Return how many bits of a number are set."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(bits), generate


@intrinsic(prefer_literal=True)
def pairs(typing_context: Any, low: Any, high: Any, half: Any) -> Any:
    """Return a 64-bit number for each lane of the lower (0) or upper (1) half: bits of float32 `high`, then `low`."""
    first = low.lanes // 2 * half.literal_value
    vector = Vector(types.int64, low.lanes // 2)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        n = low.lanes
        upper = builder.bitcast(arguments[1], ir.VectorType(INT32, n))
        order = [lane for place in range(first, first + n // 2) for lane in (place, n + place)]
        both = builder.shuffle_vector(arguments[0], upper, ir.Constant(ir.VectorType(INT32, n), order))
        return builder.bitcast(both, vector_ir(vector))

    return vector(low, high, half), generate


def _shuffled(builder: Any, value: Any, order: list[int]) -> Any:
    return builder.shuffle_vector(value, value, ir.Constant(ir.VectorType(INT32, len(order)), order))


@intrinsic
def backwards(typing_context: Any, vector: Any) -> Any:
    """Return the lanes in reverse order."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _shuffled(builder, arguments[0], list(range(vector.lanes))[::-1])

    return vector(vector), generate


def _compared(builder: Any, vector: Vector, value: Any, flip: int) -> Any:
    """Compare each lane i with lane i ^ `flip`, and put the lower number into the lower lane of both."""
    lanes, top = range(vector.lanes), 1 << (flip.bit_length() - 1)
    other = _shuffled(builder, value, [lane ^ flip for lane in lanes])
    less = builder.icmp_signed("<", value, other)
    low, high = builder.select(less, value, other), builder.select(less, other, value)
    order = [lane if not lane & top else vector.lanes + lane for lane in lanes]
    return builder.shuffle_vector(low, high, ir.Constant(ir.VectorType(INT32, vector.lanes), order))


@intrinsic
def merged(typing_context: Any, vector: Any) -> Any:
    """Sort lanes of integers that rise and fall once."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, flip = arguments[0], vector.lanes // 2
        while flip:
            value, flip = _compared(builder, vector, value, flip), flip // 2
        return value

    return vector(vector), generate


@intrinsic
def sorted_lanes(typing_context: Any, vector: Any) -> Any:
    """Sort the lanes, which are integers."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value, run = arguments[0], 1
        while run < vector.lanes:
            value, flip = _compared(builder, vector, value, 2 * run - 1), run // 2
            while flip:
                value, flip = _compared(builder, vector, value, flip), flip // 2
            run *= 2
        return value

    return vector(vector), generate


@intrinsic
def upper_halves(typing_context: Any, first: Any, second: Any) -> Any:
    """Return the upper 32 bits of the lanes of two vectors of 64-bit numbers, as float32."""
    result = Vector(types.float32, 2 * first.lanes)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        halves = ir.VectorType(INT32, 2 * first.lanes)
        both = [builder.bitcast(argument, halves) for argument in arguments]
        order = ir.Constant(halves, list(range(1, 4 * first.lanes, 2)))
        return builder.bitcast(builder.shuffle_vector(*both, order), vector_ir(result))

    return result(first, second), generate


@intrinsic
def ranked(typing_context: Any, vector: Any, bits: Any, begin: Any) -> Any:
    """Return int32: the whole number of each lane above, `begin` and the number of the lane in the lowest `bits`."""
    result = Vector(types.int32, vector.lanes)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = vector_ir(result)

        def every(number: Any) -> Any:
            first = builder.insert_element(ir.Constant(kind, ir.Undefined), builder.trunc(number, INT32), INT32(0))
            return builder.shuffle_vector(first, first, ir.Constant(kind, [0] * vector.lanes))

        above = builder.shl(builder.fptosi(arguments[0], kind), every(arguments[1]))
        places = builder.add(every(arguments[2]), ir.Constant(kind, list(range(vector.lanes))))
        return builder.or_(above, places)

    return result(vector, bits, begin), generate


@intrinsic(prefer_literal=True)
def half_of_each(typing_context: Any, vector: Any, half: Any) -> Any:
    """Return the lower (0) or upper (1) 32 bits of every 64-bit lane, as int32."""
    result = Vector(types.int32, vector.lanes)
    shift = 32 * half.literal_value

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = arguments[0]
        if shift:
            value = builder.lshr(value, ir.Constant(vector_ir(vector), [shift] * vector.lanes))
        return builder.trunc(value, vector_ir(result))

    return result(vector, half), generate


@intrinsic
def bits_of(typing_context: Any, value: Any) -> Any:
    """Return the bits of a float32 as an int64: for numbers that are not negative, they order as these do."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.zext(builder.bitcast(arguments[0], INT32), _INT64)

    return types.int64(value), generate


@intrinsic
def distance_of(typing_context: Any, key: Any) -> Any:
    """Return the squared distance of a key: its upper half, as a float32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        upper = builder.trunc(builder.lshr(arguments[0], ir.Constant(_INT64, 32)), INT32)
        return builder.bitcast(upper, ir.FloatType())

    return types.float32(key), generate


@intrinsic
def claim(typing_context: Any, jobs: Any) -> Any:
    """Return the first number of an int64 array, and add one to it: no two threads are given the same."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.atomic_rmw("add", place, ir.Constant(_INT64, 1), "monotonic")

    return types.int64(jobs), generate
