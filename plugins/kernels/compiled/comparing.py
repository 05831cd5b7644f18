"""Comparing vectors, choosing between them, and joining their lanes: the rest of the vocabulary of `vectors.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from registry.plugins.kernels.compiled.vectors import INT32, LANES, Mask, Vector, intrinsic, vector_ir


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
def at_most(typing_context: Any, left: Any, right: Any) -> Any:
    """Return the mask of `left <= right`, lane by lane, of two vectors of integers."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.icmp_signed("<=", arguments[0], arguments[1])

    return Mask(left.lanes)(left, right), generate


@intrinsic
def first_number(typing_context: Any, left: Any, right: Any) -> Any:
    """Return the lower of two vectors of integers, lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.icmp_signed("<", *arguments), *arguments)

    return left(left, right), generate


@intrinsic
def last_number(typing_context: Any, left: Any, right: Any) -> Any:
    """Return the higher of two vectors of integers, lane by lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.icmp_signed(">", *arguments), *arguments)

    return left(left, right), generate


@intrinsic
def not_negative(typing_context: Any, vector: Any) -> Any:
    """Return the mask of `vector >= 0`, lane by lane, of a vector of integers."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.icmp_signed(">=", arguments[0], ir.Constant(vector_ir(vector), None))

    return Mask(vector.lanes)(vector), generate


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
def lanes_set(typing_context: Any, mask: Any) -> Any:
    """Return the mask as a number whose bit i is lane i."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = builder.bitcast(arguments[0], ir.IntType(mask.lanes))
        return builder.zext(whole, ir.IntType(64))

    return types.uint64(mask), generate


@intrinsic
def first_lane(typing_context: Any, bits: Any) -> Any:
    """Return the number of the lowest bit set (of at least one)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(bits), generate


@intrinsic
def smaller(typing_context: Any, left: Any, right: Any) -> Any:
    """Return the smaller of two vectors, lane by lane (`right` where a lane is NaN)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *arguments), *arguments)

    return left(left, right), generate


def _fold(builder: Any, vector: Vector, value: Any, join: Callable[..., Any], left: int = 1) -> Any:
    """Join the upper half of the lanes with the lower until so many are left (always in the same order)."""
    width = vector.lanes
    while width > left:
        width //= 2
        halves = [
            builder.shuffle_vector(value, value, ir.Constant(ir.VectorType(INT32, width), list(lanes)))
            for lanes in (range(width), range(width, 2 * width))
        ]
        value = join(*halves)
    return value if left > 1 else builder.extract_element(value, ir.Constant(INT32, 0))


@intrinsic
def folded(typing_context: Any, vector: Any) -> Any:
    """Return sixteen lanes: the sums of those that lie sixteen, or a multiple of it, apart."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _fold(builder, vector, arguments[0], builder.fadd, LANES)

    return Vector(vector.scalar)(vector), generate


@intrinsic
def lane_sum(typing_context: Any, vector: Any) -> Any:
    """Return the sum over the lanes, added pairwise (always in the same order)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _fold(builder, vector, arguments[0], builder.fadd)

    return vector.scalar(vector), generate


@intrinsic
def lane_sums(typing_context: Any, first: Any, second: Any, third: Any, fourth: Any) -> Any:
    """Return the sums over the lanes of four vectors of at least four, as a vector of four.

    It takes as many steps as the sum over the lanes of one and a half.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = first.lanes

        def joined(one: Any, other: Any, low: list[int], high: list[int]) -> Any:
            """Add what lies at `low` and at `high` in each four lanes of both, side by side."""
            parts = []
            for chosen in (low, high):
                places = [four + at % 4 + lanes * (at // 4) for four in range(0, lanes, 4) for at in chosen]
                parts.append(builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(INT32, lanes), places)))
            return builder.fadd(*parts)

        apart = ([0, 4, 2, 6], [1, 5, 3, 7])
        one, other = (joined(arguments[at], arguments[at + 1], *apart) for at in (0, 2))
        sums = joined(one, other, [0, 1, 4, 5], [2, 3, 6, 7])
        while lanes > 4:
            lanes //= 2
            halves = [
                builder.shuffle_vector(sums, sums, ir.Constant(ir.VectorType(INT32, lanes), list(places)))
                for places in (range(lanes), range(lanes, 2 * lanes))
            ]
            sums = builder.fadd(*halves)
        return sums

    return Vector(first.scalar, 4)(first, second, third, fourth), generate


@intrinsic
def lane_minimum(typing_context: Any, vector: Any) -> Any:
    """Return the smallest lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def smaller_of(left: Any, right: Any) -> Any:
            return builder.select(builder.fcmp_ordered("<", left, right), left, right)

        return _fold(builder, vector, arguments[0], smaller_of)

    return vector.scalar(vector), generate
