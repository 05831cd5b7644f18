"""Calls what plugins observe a run with: callbacks and hooks; one that fails ends the run, and is named."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, TypeVar

import pluggy

from registry.compiling.layers import said
from registry.contract.errors import InputError, RunError
from registry.contract.failures import FAILURES, PluginFault, failure
from registry.loading.blocks import Registry
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


def call_hook(registry: Registry, name: str, **arguments: object) -> Any:
    """Call a hook of all plugins, and return what they return.

    Raises RunError for one that fails: it names the plugin, its distribution, and the file and line.
    """
    caller = getattr(registry.hook, name)
    try:
        return caller(**arguments)
    except (InputError, RunError):
        raise
    except PluginFault as error:
        raise RunError(error.problem.render()) from error
    except FAILURES as error:
        problem = failure(f"hook {name} failed: {said(error)}", error, _owner(registry, caller, error))
        raise RunError(problem.render()) from error


def _owner(registry: Registry, caller: pluggy.HookCaller, error: BaseException) -> str:
    """Return whose function of a hook has raised an exception."""
    ran = {frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)}
    for implementation in caller.get_hookimpls():
        if implementation.function.__code__ in ran:
            point = registry.installed.get(implementation.plugin_name)
            package = f", from the package {point.dist.name} {point.dist.version}" if point and point.dist else ""
            return f"it belongs to the plugin {implementation.plugin_name!r}{package}"
    return ""


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
