"""Events come in the order that is asked for, each as it is alone."""

from __future__ import annotations

import numpy as np

from registry.contract.data import PARTS
from registry.testing.comparing import require_same
from registry.testing.law import LOADERS, law
from registry.testing.loading import source_of
from registry.testing.subject import Subject


@law("order of events", LOADERS, "return the events in the order of the argument `events`")
def check(subject: Subject) -> None:
    """Read some events together, in another order, and one by one."""
    with source_of(subject) as source:
        for part in PARTS:
            events = np.arange(len(source.sizes(part)))[::-1]
            together = source.read(part, events, None)
            splits = np.asarray(together["row_splits"])
            for place, event in enumerate(events):
                one = dict(source.read(part, np.array([event]), None))
                one.pop("row_splits")
                rows = slice(splits[place], splits[place + 1])
                wanted = {port: value[rows] for port, value in together.items() if port != "row_splits"}
                require_same(one, wanted, f"event {event} of part {part!r}, alone as among others")
