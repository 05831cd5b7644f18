"""What the operations of a call of TensorFlow take, each by itself."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

OPERATION = re.compile(r"[^:\s]:(?P<kind>\w+)$")
"""How TensorFlow's profiler names an operation: node:kind."""

CALLS = re.compile("PartitionedCall|While|If$|Case$")
"""Operations that call others, which are counted themselves."""


def seconds_of_operations(call: Callable[[], Any]) -> float:
    """Return the sum of the seconds of all operations of a call, those that run at one time each by itself."""
    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        call()
        tf.profiler.experimental.stop()
        space = xplane_pb2.XSpace()
        for file in Path(folder).rglob("*.xplane.pb"):
            space.MergeFromString(file.read_bytes())
    return sum(
        event.duration_ps / 1e12
        for plane in space.planes
        for line in plane.lines
        for event in line.events
        if _counts(plane.event_metadata[event.metadata_id].name)
    )


def _counts(name: str) -> bool:
    found = OPERATION.search(name)
    return found is not None and not CALLS.search(found["kind"])
