"""`python -m registry.train GRAPH`: check, compile, train in stages, log to mlflow."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from registry.commands import check_from, graph_parser, run_command, show_warnings
from registry.errors import Problems
from registry.quiet import quiet_start
from registry.training.events import check_sizes, open_data
from registry.training.options import Options
from registry.training.schedule import check_options
from registry.wiring.opening import require_trainable

if TYPE_CHECKING:
    from registry.wiring.wiring import Wiring


def main(arguments: list[str] | None = None) -> int:
    """Train a graph; return the exit status."""
    parser = graph_parser("registry.train", "check, compile and train a graph; log everything to mlflow")
    parser.add_argument("--profile", action="store_true", help="measure every node on one batch before training")
    parser.add_argument("--resume", metavar="CHECKPOINT", help="go on from a run's checkpoints/last.npz")
    options = parser.parse_args(arguments)
    wiring, settings = check(options)
    source = open_data(wiring.loader, settings.general.seed)
    check_sizes(source, settings)
    _prepare_tensorflow(settings)
    with quiet_start():
        import tensorflow as tf

        from registry.training.session import train

        tf.config.list_logical_devices()  # looked for now, while notices are held back

    typed = sys.argv[1:] if arguments is None else arguments
    command = ["python", "-m", "registry.train", *typed]
    return train(wiring, settings, source, command, options.profile, Path(options.resume) if options.resume else None)


def _prepare_tensorflow(options: Options) -> None:
    """Set what TensorFlow and the kernels read when they are imported; what the user has set stays."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Threads that spin while they wait take the cores from the kernels' threads.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if options.general.kernels != "auto":
        os.environ["REGISTRY_KERNELS"] = options.general.kernels


def check(arguments: argparse.Namespace) -> tuple[Wiring, Options]:
    """Check the graph and everything training needs; raise InputError with all that is wrong."""
    problems = Problems()
    wiring = check_from(arguments, problems)
    options = check_options(wiring, problems)
    require_trainable(wiring, problems)
    problems.raise_if_any()
    assert options is not None
    show_warnings(problems.warnings)
    return wiring, options


if __name__ == "__main__":
    sys.exit(run_command(main))
