"""A plugin with a loader of its own, for what is tested of plugins that bring data."""

from __future__ import annotations

LOADER = '''
"""Events in a text file: one hit a line, an empty line between events."""

import numpy as np
from registry import BlockParams, Loader, Port, hookimpl, param


class TextSource:
    def __init__(self, file):
        events = [event.split("\\n") for event in open(file).read().strip().split("\\n\\n")]
        self.events = [np.array([line.split() for line in event], np.float32) for event in events]
        self.parts = {"train": self.events[:-1], "validation": [], "test": self.events[-1:]}

    def sizes(self, part):
        return [len(event) for event in self.parts[part]]

    def read(self, part, events, epoch):
        chosen = [self.parts[part][event] for event in events]
        splits = np.cumsum([0, *map(len, chosen)])
        return {"features": np.concatenate([np.zeros((0, 2), np.float32), *chosen]), "row_splits": splits}

    def describe(self, part, event):
        return f"{part} {event}"

    def fingerprint(self):
        return str([event.tolist() for event in self.events])


class TextEvents(Loader):
    """Events in a text file."""

    name = "text_events"
    outputs = (
        Port("features", "hits 2", "what is written", default=True),
        Port("row_splits", "events+1 -> hits", "where each event starts", "int32"),
    )

    class Params(BlockParams):
        """The file."""

        file: str = param(..., "the text file", path=True)

    def open(self, seed):
        return TextSource(self.params.file)


@hookimpl
def register_blocks():
    return [TextEvents]
'''
"""The text of the file of the plugin."""
