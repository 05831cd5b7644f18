"""Calls the hooks of plugins; one that fails, or returns what it should not, is named with package, file and line."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from registry.contract.errors import InputError, RunError
from registry.contract.failures import FAILURES, PluginFault, failure, is_engine, said, wrong_result
from registry.contract.records import record

if TYPE_CHECKING:
    from pluggy import HookImpl

    from registry.loading.blocks import Registry

NOTHING = "nothing"


@record
class Answer:
    """What the function of a plugin has returned from a hook; `subject`: the plugin, as messages call it."""

    value: Any
    hook: str
    subject: str
    function: Any

    def wrong(self, expected: str) -> PluginFault:
        """Return the fault of a value that is not what the hook takes."""
        return wrong_result(self.subject, self.function, f"its hook {self.hook}", self.value, expected)


def answers_or_faults(registry: Registry, name: str, arguments: dict[str, Any]) -> Iterator[Answer | PluginFault]:
    """Yield what each plugin returns from a hook, called in their order, or the fault of one that fails.

    `arguments` are looked at anew before each call. Errors of the engine, which a plugin may have called, are raised as
    they are.
    """
    # pluggy keeps them in the reverse of the order in which they are called.
    for implementation in reversed(getattr(registry.hook, name).get_hookimpls()):
        owner = plugin_and_package(registry, implementation.plugin_name)
        try:
            value = _called(implementation, name, arguments, owner)
        except PluginFault as fault:
            yield fault
            continue
        yield Answer(value, name, owner, implementation.function)


def answers(registry: Registry, name: str, arguments: dict[str, Any]) -> Iterator[Answer]:
    """Yield what each plugin returns from a hook, as `answers_or_faults`; raises PluginFault for one that fails."""
    for answer in answers_or_faults(registry, name, arguments):
        if isinstance(answer, PluginFault):
            raise answer
        yield answer


def tell(registry: Registry, name: str, **arguments: Any) -> None:
    """Call a hook that returns nothing; raises PluginFault for one that fails, or returns something."""
    for answer in answers(registry, name, arguments):
        if answer.value is not None:
            raise answer.wrong(NOTHING)


def gathered(registry: Registry, name: str, expected: str, fits: Callable[[Any], bool], **arguments: Any) -> list[Any]:
    """Return the items of the lists that plugins return from a hook; raises PluginFault for something else.

    `expected`: what the items are, for messages; `fits` says whether an item is one.
    """
    found: list[Any] = []
    for answer in answers(registry, name, arguments):
        if not isinstance(answer.value, list | tuple) or not all(map(fits, answer.value)):
            raise answer.wrong(f"a list of {expected}; `return []` for none")
        found += answer.value
    return found


def passed_on(
    registry: Registry, name: str, argument: str, fault: Callable[[Any], str], **arguments: Any
) -> tuple[Any, Answer | None]:
    """Return what becomes of an argument that each plugin may replace by what it returns, and the last that did.

    `fault` says what was expected instead of a value; empty for one that will do. Raises PluginFault.
    """
    last = None
    for answer in answers(registry, name, arguments):
        if answer.value is None:
            continue
        if expected := fault(answer.value):
            raise answer.wrong(expected)
        arguments[argument], last = answer.value, answer
    return arguments[argument], last


def plugin_and_package(registry: Registry, plugin: str) -> str:
    """Return what messages call a plugin: its name, and the package that has brought it."""
    point = registry.installed.get(plugin)
    package = f" of the package {point.dist.name} {point.dist.version}" if point and point.dist else ""
    return f"plugin {plugin!r}{package}"


def _called(implementation: HookImpl, name: str, arguments: dict[str, Any], owner: str) -> Any:
    try:
        return implementation.function(*(arguments[item] for item in implementation.argnames))
    except PluginFault:
        raise
    except FAILURES as error:
        if isinstance(error, InputError | RunError) and _is_of_engine(error):
            raise
        fault = failure(f"hook {name} failed: {said(error)}", error, f"it belongs to the {owner}")
        raise PluginFault(fault) from error


def _is_of_engine(error: BaseException) -> bool:
    """Say whether the engine has raised an error, and not the plugin that it was called by."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return is_engine(frames[-1].f_code.co_filename)
