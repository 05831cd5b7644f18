"""Trains networks on the same events for the same processor time, evaluates them, and prints what each finds.

    python -m benchmarks.networks EVENTS [NETWORK ...] [--seeds N] [--minutes M]

EVENTS is `showers`, `belle2` or `tracks`; without NETWORK all that are declared for them. The processor time of a step,
of all threads, is measured in a short training first (docs/step_time.py); from it follows how many steps fit into M
minutes. Every command is printed as it can be typed. Runs that have finished are not trained, and what was
evaluated is not evaluated again. The table is printed as Markdown.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import registry

FIGURES = ("efficiency", "fake_rate", "f1", "split_rate", "merge_rate", "resolution")
READ_OUTS = ("hdbscan", "local_maxima", "triplets", "directions")
"""Baselines that have rows of their own, below the network that they were evaluated with."""

TEST = "evaluation/test"
TIMES = Path("mlruns") / "step_times.json"
"""Where measured times of steps are kept, by events and network, in seconds."""

LEAN = ("General.tracker=folder", "Plotting.page=false", "Plotting.plot_frequency=100000")
"""Settings of all trainings: nothing is drawn while the network trains, and no page is written at the end."""

MEASURED = 30
"""Steps of the training that measures the time of one."""


@dataclass(frozen=True)
class Events:
    """Events that networks are trained on, the arguments of `registry.train` by network, and how all are trained."""

    networks: Mapping[str, Sequence[str]]
    stage: str

    def trained(self, network: str, steps: int) -> list[str]:
        """Return the arguments of `registry.train` for a training of so many steps."""
        stage = f"Training=[{{{self.stage}, steps: {steps}}}]"
        return [*self.networks[network], *_settings(stage, *LEAN)]


def _graphs(*names: str) -> dict[str, list[str]]:
    return {name: [f"graphs/{name}.yaml"] for name in names}


def _settings(*settings: str) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


def _with(graph: str, *settings: str) -> list[str]:
    return [f"graphs/{graph}.yaml", *_settings(*settings)]


HINGE = ("MetricLearning.loss=pair_hinge", "MetricLearning.sphere=false")

BELLE2 = ["graphs/gravnet.yaml", "--config", "configs/belle2.yaml"]
BELLE2_EXPERIMENTS = {
    # The same test events: what is not trained on goes to validation, before them.
    "half_the_events": ("Data.options.arrays.split.train=0.3", "Data.options.arrays.split.validation=0.45"),
    "wide": (
        "Architecture.n_gravnet_filters=48",
        "Architecture.n_gravnet_propagate=48",
        "Architecture.dense_post_message_passing=[{n: 64}, {n: 64}]",
        "Architecture.dense_final=[{n: 64}]",
    ),
    "strong_repulsion": ("LossOptions.repulsion_hits=30",),
}
"""What may limit GravNet on Belle II's events: how many there are, the size of the network, the loss."""

EVENTS = {
    "showers": Events(
        {
            **_graphs("gravnet", "contrastive"),
            "hashed_attention": _with("gravnet", "Architecture.exchange=hashed_attention"),
            "window_attention": _with("gravnet", "Architecture.exchange=window_attention"),
            "contrastive_info_nce": _with("contrastive", "MetricLearning.loss=info_nce"),
            "contrastive_pair_margin": _with("contrastive", "MetricLearning.loss=pair_margin"),
            "contrastive_pair_hinge": _with("contrastive", *HINGE),
            "contrastive_cluster_margin": _with(
                "contrastive", "MetricLearning.loss=cluster_margin", "MetricLearning.sphere=false"
            ),
            **_graphs("gravnet_skip", "translation_invariant", "random_sampling", "random_sampling_unit"),
            **_graphs("calographnn_gravnet", "garnet", "edge_conv", "caloclusternet"),
        },
        "batch_size: 2500, learning_rate: 2.5e-3, final_learning_rate: 2.0e-5",
    ),
    "belle2": Events(
        {
            "gravnet": BELLE2,
            "contrastive": ["graphs/contrastive.yaml", "--config", "configs/contrastive_belle2.yaml"],
            "caloclusternet": ["graphs/caloclusternet.yaml", "--config", "configs/caloclusternet_belle2.yaml"],
            **{f"gravnet_{what}": [*BELLE2, *_settings(*settings)] for what, settings in BELLE2_EXPERIMENTS.items()},
        },
        "batch_size: 2000, learning_rate: 3.0e-3, final_learning_rate: 1.0e-4",
    ),
    "tracks": Events(
        {
            **_graphs("track_condensation", "track_contrastive", "edge_classification", "tracks"),
            "track_contrastive_pair_hinge": _with("track_contrastive", *HINGE),
        },
        "batch_size: 6000, learning_rate: 3.0e-3, final_learning_rate: 2.0e-5",
    ),
}


def seconds_a_step(name: str, network: str) -> float:
    """Return the processor time of a training step, measured once on a machine."""
    known: dict[str, float] = json.loads(TIMES.read_text()) if TIMES.exists() else {}
    key = f"{name}/{network}"
    if key not in known:
        short = ["--plugin", "docs/step_time.py", "--set", "General.experiment=step_times"]
        often = ["--set", "Plotting.record_frequency=5", "--set", "Evaluation.tune=false"]
        said = _run("registry.train", *EVENTS[name].trained(network, MEASURED), *short, *often, kept=True)
        known[key] = float(next(line for line in said.splitlines() if line.startswith("seconds a step")).split()[-1])
        TIMES.parent.mkdir(exist_ok=True)
        latest = json.loads(TIMES.read_text()) if TIMES.exists() else {}
        TIMES.write_text(json.dumps(latest | {key: known[key]}, indent=1))
    return known[key]


def _run(module: str, *arguments: str, kept: bool = False) -> str:
    """Run a command; return what it prints where that is `kept`."""
    command = ["python", "-m", module, *arguments]
    print(shlex.join(command), flush=True)
    done = subprocess.run(
        [sys.executable, *command[1:]], stdout=subprocess.PIPE if kept else None, text=True, check=True
    )
    return done.stdout or ""


def study(name: str, network: str, minutes: float) -> str:
    """Return what the runs of one network are found by."""
    return f"{name}_{network}_{minutes:g}_minutes"


def trained(name: str, network: str, seeds: int, minutes: float) -> int:
    """Train and evaluate a network; return the steps of each training."""
    found = study(name, network, minutes)
    steps = max(10, round(60 * minutes / seconds_a_step(name, network), -1))
    named = ["--set", f"General.experiment=compared_{name}", "--set", f"General.study={found}"]
    _run("registry.train", *EVENTS[name].trained(network, int(steps)), *named, "--seeds", str(seeds), "--continue")
    table = registry.runs(study=found)
    table = table[table["status"] == "FINISHED"]
    for run, row in table.iterrows():
        if f"{TEST}/f1" not in table or row[f"{TEST}/f1"] != row[f"{TEST}/f1"]:
            _run("registry.evaluate", f"run:{run}", "--no-figures")
    return int(steps)


def rows(name: str, network: str, minutes: float) -> list[list[str]]:
    """Return the rows of the table for one network, the first of them its own read-out."""
    (found,) = registry.compare(study=study(name, network, minutes)).to_dict("records")
    seconds = json.loads(TIMES.read_text())[f"{name}/{network}"]
    costs = [f"{found['weights']:,}", f"{1000 * seconds:.0f} ms", f"{found['peak_memory']:.1f} GB"]
    own = [[network, found["seeds"], *costs, *_figures(found, TEST)]]
    others = [read_out for read_out in READ_OUTS if f"{TEST}/{read_out}/f1" in found]
    return own + [[f"{network}: {item}", "", "", "", "", *_figures(found, f"{TEST}/{item}")] for item in others]


def _figures(found: Mapping[str, Any], where: str) -> list[str]:
    return [_text(found.get(f"{where}/{figure}"), found.get(f"{where}/{figure}.error"), figure) for figure in FIGURES]


def _text(value: float | None, error: float | None, figure: str) -> str:
    if value is None or value != value:
        return ""
    factor, digits = (1, 3) if figure == "resolution" else (100, 1)
    spread = "" if error is None or error != error else f" ± {factor * error:.{digits}f}"
    return f"{factor * value:.{digits}f}{spread}"


def main() -> None:
    """Train what is asked for, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks", description="compare networks")
    parser.add_argument("events", choices=sorted(EVENTS))
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help="by default all of these events")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each network (3)")
    parser.add_argument("--minutes", type=float, default=3.0, help="processor time of the steps of a training (3)")
    options = parser.parse_args()
    networks = options.networks or list(EVENTS[options.events].networks)
    steps = {name: trained(options.events, name, options.seeds, options.minutes) for name in networks}
    heads = ["network", "seeds", "weights", "a step", "peak memory", *(figure.replace("_", " ") for figure in FIGURES)]
    print("\n| " + " | ".join(heads) + " | steps |\n|" + "---|" * (len(heads) + 1))
    for name in networks:
        for row in rows(options.events, name, options.minutes):
            print("| " + " | ".join([*row, f"{steps[name]:,}"]) + " |")


if __name__ == "__main__":
    main()
