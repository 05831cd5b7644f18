"""The commands that plugins bring by the hook `register_commands`, beside those of entry points."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from registry.contract.errors import Problem
from registry.contract.failures import PluginFault, function_place
from registry.contract.shown import Command
from registry.loading.hook_calls import Answer, answers_or_faults

if TYPE_CHECKING:
    from registry.loading.blocks import Registry


def plugin_commands(registry: Registry, taken: Collection[str]) -> tuple[Mapping[str, Command], list[Problem]]:
    """Return the commands of plugins by name, and what is wrong with others; nothing is called.

    `taken`: the names of the commands that there are already. Of two plugins with one name the first is taken.
    """
    found: dict[str, Command] = {}
    owners: dict[str, str] = {}
    faults: list[Problem] = []
    for answer in answers_or_faults(registry, "register_commands", {}):
        if fault := answer if isinstance(answer, PluginFault) else _fault(answer):
            faults.append(fault.problem)
            continue
        assert isinstance(answer, Answer)
        for command in answer.value:
            owner = owners.get(command.name, "" if command.name not in taken else "the tool, or an entry point")
            if owner:
                message = (
                    f"the command {command.name!r} is there already: it comes from {owner} and the {answer.subject}"
                )
                faults.append(Problem(message, function_place(answer.function), hint="rename one of them"))
            else:
                found[command.name], owners[command.name] = command, f"the {answer.subject}"
    return found, faults


def _fault(answer: Answer) -> PluginFault | None:
    """Return what is wrong with what a plugin has returned."""
    expected = "a list of registry.Command"
    if not isinstance(answer.value, list | tuple) or not all(isinstance(item, Command) for item in answer.value):
        return answer.wrong(f"{expected}; `return []` for none")
    for command in answer.value:
        if not isinstance(command.name, str) or not command.name.isidentifier():
            return answer.wrong(f"{expected}, each with a name of letters, digits and _")
        if not isinstance(command.summary, str) or not command.summary:
            return answer.wrong(f"{expected}, each with a `summary` in words")
        if not callable(command.main) or not callable(command.parser):
            return answer.wrong(f"{expected}, each with functions `main` and `parser`")
    return None
