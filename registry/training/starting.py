"""Starts a training from a checked graph: opens its events, makes TensorFlow ready, and hands over to the session."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from registry.configuration.options import Options
from registry.console.notices import without_startup_notices
from registry.training.events import check_sizes, open_data
from registry.wiring.checked_graph import CheckedGraph

if TYPE_CHECKING:
    from registry.training.session import Outcome

_KERNELS = os.environ.get("REGISTRY_KERNELS", "")
"""What the user has chosen for the whole process; the next graph that chooses nothing gets it back."""


def start(
    checked: CheckedGraph,
    options: Options,
    command: Sequence[str],
    profiled: bool = False,
    resumed: str = "",
) -> Outcome:
    """Train a checked graph with its options, and return what came of it.

    `command`: what was typed, for the record; `profiled`: measure every node first; `resumed`: the checkpoint to go on
    from, a file or "run:ID". What is wrong with the events is said before TensorFlow is imported. Raises InputError for
    data or a checkpoint that do not fit, RunError if tracking is out of reach or the run fails.
    """
    source = open_data(checked.loader, options.general.seed)
    check_sizes(source, options)
    prepare_tensorflow(options)
    from registry.training.session import train

    return train(checked, options, source, command, profiled, resumed)


def prepare_tensorflow(options: Options) -> None:
    """Set what TensorFlow and the kernels read when they are imported, what the user has set excepted; import it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Threads that spin while they wait take the cores from the kernels' threads.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    wanted = options.general.kernels if options.general.kernels != "auto" else _KERNELS
    if wanted:
        os.environ["REGISTRY_KERNELS"] = wanted
    else:
        os.environ.pop("REGISTRY_KERNELS", None)
    with without_startup_notices():
        import tensorflow as tf

        tf.config.list_logical_devices()  # looked for now, while notices are held back
