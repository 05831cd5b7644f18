"""Where the problems of plugins go: what is wrong with an installed one is told, and ends nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from registry.contract.errors import Problem, Problems
from registry.loading.installed import BUILTIN


@dataclass
class Reports:
    """Problems by plugin: those of plugins that packages brought are kept apart, all others stop the command.

    `installed`: the plugins that packages declare; the graph may need none of them.
    """

    problems: Problems
    installed: Collection[str]
    kept: dict[str, Problems] = field(default_factory=dict)

    def of(self, plugin: str) -> Problems:
        """Return where problems of a plugin are reported."""
        if plugin == BUILTIN or plugin not in self.installed:
            return self.problems
        return self.kept.setdefault(plugin, Problems())

    def keeps(self, plugin: str) -> bool:
        """Say whether problems of a plugin stop nothing."""
        return self.of(plugin) is not self.problems

    def faults(self) -> Mapping[str, Sequence[Problem]]:
        """Return what is wrong with installed plugins, by plugin, and add it to the problems as warnings."""
        found = {plugin: [*problems] for plugin, problems in sorted(self.kept.items()) if problems.items}
        for items in found.values():
            for problem in items:
                self.problems.add(replace(problem, severity="warning"))
        return found
