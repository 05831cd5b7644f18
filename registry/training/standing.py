"""Where a training stands, and what of it has been recorded."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from registry.training.checkpoint import Position, Tally
from registry.training.run import Run


@dataclass
class Standing:
    """The position of a run and the tally of its records; the parts of the trainer move both on."""

    run: Run
    position: Position = field(default_factory=Position)
    tally: Tally = field(default_factory=Tally)

    def settle(self) -> None:
        """Note that everything logged until now belongs to the state as it is: it will not be done again."""
        self.tally = replace(self.tally, history=self.run.history.count)
