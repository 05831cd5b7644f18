"""Starts a training from a checked graph: opens its events, makes TensorFlow ready, and hands over to the session."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from registry.configuration.options import Options
from registry.console.command import show_warnings
from registry.console.notices import without_startup_notices
from registry.console.signals import LISTENER
from registry.contract.openmp import let_threads_sleep
from registry.contract.tracker import RUN
from registry.training.allocator import keep_freed_memory
from registry.training.beginning import Beginning, begin
from registry.training.differences import other_kernels
from registry.training.events import check_sizes, doubts, open_data
from registry.training.finding import Found
from registry.training.identity import identify
from registry.training.outcome import NO_RUN, Outcome
from registry.training.ranks.meeting import Place, meet, place
from registry.training.ranks.ranks import ALONE, Ranks
from registry.training.repeating import REPEATS, repeated
from registry.training.system_metrics import OPTION, require_psutil
from registry.wiring.checked_graph import CheckedGraph

_KERNELS = os.environ.get("REGISTRY_KERNELS", "")
"""What the user has chosen for the whole process; the next graph that chooses nothing gets it back."""


def start(
    checked: CheckedGraph,
    options: Options,
    command: Sequence[str],
    profiled: bool = False,
    resume: str | None = None,
    start_from: str | None = None,
    tags: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Outcome:
    """Train a checked graph with its options, and return what came of it.

    `command`: what was typed, for the record; `profiled`: measure every node first; `resume`: the run to go on with;
    `start_from`: the run or checkpoint whose weights a new run begins with; `tags`: further tags of the run;
    `folder`: its own local folder. What is wrong with the events or the checkpoint is said before TensorFlow is
    imported. Raises InputError for data or a
    checkpoint that do not fit, RunError if tracking is out of reach or the run fails.
    """
    if options.general.system_metrics:
        require_psutil(OPTION, checked.expanded.config.nearest(OPTION.split(".")).origin)
    source = open_data(checked.loader, options.general.seed, checked.registry)
    check_sizes(source, options)
    show_warnings(doubts(source, checked.loader))
    identity = identify(checked, options, source)
    beginning = replace(begin(checked, options, identity, resume, start_from), own_folder=folder)
    again = None if resume else repeated(checked, options, identity)
    show_warnings(again.differences if again else [])
    if beginning.resumed and beginning.nothing_left(options):
        return _as_it_is(beginning, beginning.resumed)
    own = place()
    with beginning.alone() if own is None or own.rank == 0 else nullcontext():
        with LISTENER.leaving_at_once(NO_RUN):
            ranks = _meet(own) if own else ALONE
            identity = replace(identity, kernels=prepare_tensorflow(options))
            from registry.training.session import train
        made = beginning.resumed.saved.identity if beginning.resumed else again and again.made
        show_warnings(other_kernels(made, identity) if made else [])
        tags = {**({REPEATS: again.id} if again and again.id else {}), **(tags or {})}
        return train(checked, options, source, identity, beginning, command, profiled, tags, ranks)


def _as_it_is(beginning: Beginning, found: Found) -> Outcome:
    """Say that a run has come to its end, which is not changed."""
    card, done = found.saved.made_by, found.saved.position.epochs_done
    print(f"nothing is left to do: the run {card.name} ({RUN}{card.id}) has finished all its {done} epochs")
    print("  more epochs, or another stage, would be trained: `Training`")
    return Outcome("FINISHED", card.id, card.name, found.folder or Path(), beginning.tracker)


def _meet(own: Place) -> Ranks:
    """Meet the other ranks, before TensorFlow does anything else."""
    _before_tensorflow()
    meet(own)
    with without_startup_notices():
        from registry.training.ranks.collectives import Collectives

        return Collectives(own.rank, own.size)


def _before_tensorflow() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Keras imports scikit-learn where it is installed, and with it an OpenMP: earlier than any kernel could say this.
    let_threads_sleep()


def prepare_tensorflow(options: Options) -> str:
    """Set what TensorFlow and the kernels read when they are imported, what the user has set excepted; import it.

    Returns which kernels were chosen, and on what they run: "auto on CPU".
    """
    _before_tensorflow()
    keep_freed_memory()
    wanted = options.general.kernels if options.general.kernels != "auto" else _KERNELS
    if wanted:
        os.environ["REGISTRY_KERNELS"] = wanted
    else:
        os.environ.pop("REGISTRY_KERNELS", None)
    with without_startup_notices():
        import tensorflow as tf

        # Looked for now, while notices are held back.
        kinds = {device.device_type for device in tf.config.list_logical_devices()}
    return f"{wanted or 'auto'} on {'GPU' if 'GPU' in kinds else 'CPU'}"
