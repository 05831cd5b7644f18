"""Calls what plugins observe a run with: callbacks and hooks; one that fails ends the run, and is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from registry.compiling.layers import said
from registry.contract.errors import InputError, RunError
from registry.contract.failures import FAILURES, PluginFault, failure
from registry.loading.blocks import Registry
from registry.loading.hook_calls import gathered, tell
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


def call_hook(registry: Registry, name: str, **arguments: object) -> None:
    """Call a hook of all plugins that returns nothing.

    Raises RunError for one that fails: it names the plugin, its distribution, and the file and line.
    """
    with _named():
        tell(registry, name, **arguments)


def items_of_plugins(
    registry: Registry, name: str, expected: str, fits: Callable[[Any], bool], **arguments: object
) -> list[Any]:
    """Return what all plugins add to a list, as `gathered`; raises RunError for one that fails."""
    with _named():
        return gathered(registry, name, expected, fits, **arguments)


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except PluginFault as fault:
        raise RunError(fault.problem.render()) from fault


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
