"""Draws efficiency against fakes at the thresholds of configs/belle2_thresholds.yaml, with errors over seeds.

    python docs/threshold_curve.py GravNet='thresholds/gravnet_*' CaloClusterNet='thresholds/calo_*' -o curve.svg

Each argument names a curve and the folders, one a seed, that `registry.evaluate --config configs/belle2_thresholds.yaml
-o FOLDER` has written. Points are means over the seeds, bars their standard errors; a line joins the thresholds of one
reach. The table of the points is printed as Markdown.
"""

from __future__ import annotations

import argparse
import glob
import json
import re
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

FIGURES = ("fake_rate", "efficiency")
COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:purple")
LINES = ("-", "--", ":", "-.")

Point = list[tuple[float, float]]
"""Mean and standard error over seeds (percent) of each of FIGURES."""


def points(pattern: str) -> dict[str, Point]:
    """Return what every read-out reaches, by its name.

    Raises:
        SystemExit: no folder has this name.
    """
    files = sorted(Path(folder) / "evaluation.json" for folder in glob.glob(pattern))
    if not files:
        raise SystemExit(f"{pattern}: expected folders that registry.evaluate has written; received none")
    values: dict[str, list[list[float]]] = defaultdict(list)
    for file in files:
        for name, found in json.loads(file.read_text())["baselines"].items():
            figures = found["samples"]["all"]
            values[name].append([100 * figures[figure]["value"] for figure in FIGURES])
    return {name: [_mean(one) for one in zip(*seeds, strict=True)] for name, seeds in values.items()}


def _mean(values: tuple[float, ...]) -> tuple[float, float]:
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return statistics.mean(values), spread / len(values) ** 0.5


def by_reach(found: dict[str, Point]) -> dict[str, list[tuple[str, Point]]]:
    """Return the points of each reach, by rising threshold of beta; what has no threshold, under its own name."""
    lines: dict[str, list[tuple[str, Point]]] = defaultdict(list)
    for name, point in found.items():
        known = re.fullmatch(r"beta (\S+) reach (\S+)", name)
        lines[f"reach {known[2]}" if known else name].append((known[1] if known else "", point))
    return lines


def draw(curves: dict[str, dict[str, Point]], single: dict[str, list[float]], target: Path) -> None:
    """Draw all curves, and single points by name (fake rate, efficiency), into one figure."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes: Any = figure.subplots()
    drawn = set()
    for colour, (curve, found) in zip(COLOURS, curves.items(), strict=False):
        styles = iter(LINES)
        for name, line in by_reach(found).items():
            (fakes, fake_errors), (efficiencies, errors) = (
                zip(*(point[place] for _, point in line), strict=True) for place in range(2)
            )
            if name.startswith("reach "):
                style, label, own = next(styles), f"{curve}, {name}", colour
            else:
                style, label, own = "none", name, "black"
            if label not in drawn:
                axes.errorbar(
                    fakes, efficiencies, errors, fake_errors, marker="o", ms=3, color=own, ls=style, label=label
                )
            drawn.add(label)
    for (name, (fakes, efficiency)), marker in zip(single.items(), "s^v", strict=False):
        axes.plot([fakes], [efficiency], marker, ms=5, color="black", label=name)
    axes.set(xlabel="fake rate (%)", ylabel="efficiency (%)")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(target)


def table(curves: dict[str, dict[str, Point]]) -> str:
    """Return the points as a table."""
    rows = ["| clustering | reach | `beta_threshold` | efficiency % | fake rate % |", "|---|---|---|---|---|"]
    for curve, found in curves.items():
        for name, line in by_reach(found).items():
            for threshold, ((fakes, fake_error), (efficiency, error)) in line:
                figures = f"{efficiency:.1f} ± {error:.1f} | {fakes:.1f} ± {fake_error:.1f}"
                reach = name.removeprefix("reach ") if threshold else name
                rows.append(f"| {curve} | {reach} | {threshold} | {figures} |")
    return "\n".join(rows)


def main() -> None:
    """Draw what is asked for."""
    parser = argparse.ArgumentParser(description="draw efficiency against fakes, with errors over seeds")
    parser.add_argument("curves", nargs="+", metavar="NAME=FOLDERS", help="a curve, and its folders as a pattern")
    parser.add_argument("--point", action="append", default=[], metavar="NAME=FAKES,EFFICIENCY", help="one point more")
    parser.add_argument("-o", "--output", type=Path, required=True, help="file of the figure")
    options = parser.parse_args()
    curves = {name: points(pattern) for name, _, pattern in (curve.partition("=") for curve in options.curves)}
    single = {
        name: [float(part) for part in at.split(",")] for name, _, at in (p.partition("=") for p in options.point)
    }
    draw(curves, single, options.output)
    print(table(curves))


if __name__ == "__main__":
    main()
