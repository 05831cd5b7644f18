"""What a scan of thresholds tried, what came out, and which thresholds were chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.measuring.choices import Objective


@dataclass(frozen=True)
class Scan:
    """What was tried, and what came out.

    `names`: the thresholds; `tried`: their values in each trial, [trials, thresholds]; `values`: the objective of each
    trial; `best`: the trial that was chosen; `edges`: thresholds whose best value is the first or the last one tried.
    """

    objective: Objective
    names: tuple[str, ...]
    tried: tuple[tuple[float, ...], ...]
    values: tuple[float, ...]
    best: int
    edges: tuple[str, ...] = ()
    events: int = 0

    @property
    def chosen(self) -> dict[str, float]:
        """The thresholds that were chosen, by name."""
        return dict(zip(self.names, self.tried[self.best], strict=True))

    def text(self) -> str:
        """Return what was chosen, in a line."""
        chosen = ", ".join(f"{name} {value:.3g}" for name, value in self.chosen.items())
        return (
            f"{chosen} ({self.objective} {self.value:.3f} on {self.events} validation events, {len(self.tried)} tried)"
        )

    def warnings(self) -> list[str]:
        """Return what is doubtful about the choice, a line for each threshold at the edge of what was tried."""
        found = []
        for name in self.edges:
            place = self.names.index(name)
            values = [setting[place] for setting in self.tried]
            span = f"{min(values):.3g} to {max(values):.3g}"
            found.append(f"the best {name}, {self.chosen[name]:.3g}, is at the edge of what was tried, {span}")
        return found

    def plain(self, part: str) -> dict[str, Any]:
        """Return the scan as plain values; `part`: which events it was made on."""
        return {
            "part": part,
            "events": self.events,
            "objective": self.objective,
            "names": list(self.names),
            "tried": [list(setting) for setting in self.tried],
            "values": list(self.values),
            "best": self.best,
            "chosen": self.chosen,
            "value": self.value,
            "edges": list(self.edges),
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Scan:
        """Return the scan that `plain` gave."""
        tried = tuple(tuple(setting) for setting in plain["tried"])
        return cls(
            plain["objective"],
            tuple(plain["names"]),
            tried,
            tuple(plain["values"]),
            plain["best"],
            tuple(plain["edges"]),
            plain["events"],
        )

    @property
    def value(self) -> float:
        """The objective with them."""
        return self.values[self.best]
