"""Measures the losses on the validation events."""

from __future__ import annotations

import math

import tensorflow as tf

from registry.configuration.options import Stage
from registry.training import nonfinite
from registry.training.recorder import Recorder
from registry.training.standing import Standing
from registry.training.step import Steps


def validate(stage: Stage, steps: Steps, standing: Standing, recorder: Recorder) -> dict[str, float]:
    """Return the mean of every loss term over the validation events, each event counting once.

    Raises RunError if their loss is not finite.
    """
    run = standing.run
    events = len(run.feed.source.sizes("validation"))
    if not events:
        return {}
    batches = run.feed.batches("validation", stage.options.batch_size)
    if not batches:
        run.warn(f"none of the {events} validation events has a hit: nothing is validated")
        return {}
    for batch in run.feed.stream("validation", batches):
        steps.validate(steps.inputs(batch), tf.constant(len(batch.events), tf.int64))
    means = steps.validation_sums.take()
    recorder.check_terms("validation", means)
    if not math.isfinite(means["loss"]):
        where = f"the validation after {run.step} steps ({run.progress.where})"
        raise nonfinite.explain_validation(run.compiled, run.feed, batches, where)
    return means
