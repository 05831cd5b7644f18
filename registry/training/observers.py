"""Calls what plugins observe a run with: callbacks and hooks; one that fails ends the run, and is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from registry.compiling.layers import said
from registry.contract.errors import InputError, RunError
from registry.contract.failures import FAILURES, PluginFault, failure
from registry.training.run import Run

Result = TypeVar("Result")


def notify(run: Run, method: str, *arguments: object) -> None:
    """Call a method of every callback of a run; raise RunError, which names callback, file and line, if one fails.

    A callback that raises StopIteration with a reason ends the training as `run.end_training` does.
    """
    for callback in run.callbacks:
        subject = f"callback {type(callback).__name__}: {method}()"
        try:
            observed(subject, lambda: getattr(callback, method)(run, *arguments))  # noqa: B023
        except StopIteration as error:
            run.end_training(str(error))


def observed(subject: str, action: Callable[[], Result]) -> Result:
    """Return what a plugin's code returns; raise RunError, with its place and its own text, if it fails."""
    try:
        return action()
    except (InputError, RunError):
        raise
    except PluginFault as error:
        raise RunError(error.problem.render()) from error
    except FAILURES as error:
        if isinstance(error, StopIteration) and error.args:
            raise
        raise RunError(failure(f"{subject} failed: {said(error)}", error).render()) from error
