"""Under which name a metric that a stage watches was logged after an epoch."""

from __future__ import annotations

from collections.abc import Mapping

from registry.contract.monitor import of_validation


def logged_as(metric: str, metrics: Mapping[str, float]) -> str:
    """Return the name that a watched metric was logged under since the epoch before; empty if it was not.

    Of what a monitor finds in the test events before and after a training, what it finds in the validation events after
    an epoch is meant: nothing is chosen by test events.
    """
    return next((name for name in (of_validation(metric), metric) if name in metrics), "")
