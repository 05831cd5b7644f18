"""Random numbers that follow from a seed and a hit's place, of operations that every format of networks has."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

PRIME = 2**31 - 1
"""Numbers are mixed modulo this prime: squares of them fit into 64 bits, and x^5 takes every value once."""

STEPS = ((1_103_515_245, 12_345), (1_812_433_253 % PRIME, 907_633_385), (69_069, 1_327_217_885))
"""Factor and summand before each power."""

FIRST = 1_597_334_677
"""Added to the seed before it is mixed, so that seed 0 is like any other."""


def scores(seed: int, places: Any) -> Any:
    """Return a number in [0, 1) for each place (int32 [hits], from 0), float32 [hits]: everywhere the same.

    Formula: `x <- (a x + c)^5 mod p`, three times, from `x = place + seed'`, where `seed'` is the seed mixed in the
    same way; the score is `x / p`. Each step is a permutation, so that two places of an event never have the same x.
    Not `tf.random`, which ONNX does not have.
    """
    mixed = (seed + FIRST) % PRIME
    for factor, summand in STEPS:
        mixed = pow(factor * mixed + summand, 5, PRIME)
    value = (tf.cast(places, tf.int64) + mixed) % PRIME
    for factor, summand in STEPS:
        value = _power(_times(value, factor) + summand)
    # 24 bits, which float32 holds exactly: 1 is never reached.
    return tf.cast(value // 2**7, tf.float32) / 2**24


def _times(first: Any, second: Any) -> Any:
    return first * second % PRIME


def _power(value: Any) -> Any:
    """Return the fifth power of numbers below twice the prime."""
    value = value % PRIME
    square = _times(value, value)
    return _times(_times(square, square), value)
