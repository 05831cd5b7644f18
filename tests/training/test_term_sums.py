"""Means of loss terms over several batches."""

from __future__ import annotations

import pytest
import tensorflow as tf

from registry.training.term_sums import TermSums


def test_a_term_is_the_mean_over_all_events_not_that_of_the_last_batch() -> None:
    sums = TermSums(["loss"])
    for value, events in ((1.0, 3.0), (5.0, 1.0)):
        sums.add({"loss": tf.constant(value)}, tf.constant(events))
    assert sums.take() == {"loss": 2.0}


def test_terms_keep_the_digits_of_float32() -> None:
    sums = TermSums(["loss"])
    sums.add({"loss": tf.constant(1.00001)}, tf.constant(1.0))
    assert sums.take()["loss"] == pytest.approx(1.00001, abs=1e-7)  # float16 has no number between 1 and 1.001


def test_a_mean_starts_anew_after_it_is_taken() -> None:
    sums = TermSums(["loss"])
    sums.add({"loss": tf.constant(7.0)}, tf.constant(1.0))
    sums.take()
    sums.add({"loss": tf.constant(2.0)}, tf.constant(1.0))
    assert sums.take() == {"loss": 2.0}
