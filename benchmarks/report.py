"""Figures as text, as a page and as a plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.growth import FIGURES, growth_lines
from benchmarks.targets import targets_table
from registry.console.table import markdown_table


def print_result(result: dict[str, Any]) -> None:
    """Print one line for one figure."""
    numbers = " ".join(f"{name} {value:>7,}" for name, value in result.items() if name not in FIGURES)
    print(f"  {numbers}  {result['contender']:<20} {figures_text(result)}", flush=True)


def figures_text(result: dict[str, Any]) -> str:
    """Return median, spread and memory of a result in words."""
    if "failed" in result:
        return str(result["failed"])
    spread = f"({1e3 * result['fastest']:,.1f} to {1e3 * result['slowest']:,.1f})"
    waiting = f"  waiting {100 * result['waiting']:.2f} %" if "waiting" in result else ""
    waiting += f"  {result['hits_per_second'] / 1e6:.2f} M hits/s" if "hits_per_second" in result else ""
    waiting += f"  {result['cpu']:.2f} s of processors" if "cpu" in result else ""
    waiting += f"  monitors {100 * result['monitors']:.2f} %" if "monitors" in result else ""
    waiting += (
        f"  {result['records_per_second']:,.0f} metrics/s, {result['cpu_ms']:.1f} ms of CPU a record"
        if "records_per_second" in result
        else ""
    )
    return f"{1e3 * result['seconds']:>10,.1f} ms {spread:>24}  +{result['extra_mb']:,} MB{waiting}"


def write_page(record: dict[str, Any], folder: Path) -> None:
    """Write benchmarks_figures.md, and benchmarks.svg where matplotlib is installed."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Figures of one run",
        "",
        "Written by `python -m benchmarks --page docs`. Medians; spread: fastest to slowest.",
    ]
    lines += [
        "Extra memory: peak of the process during the calls (tracing, compiling included), less what it held before.",
        "",
        *markdown_table(["", ""], [[name, str(value)] for name, value in record["machine"].items()]),
    ]
    lines += ["", *targets_table(record["results"])]
    for suite in dict.fromkeys(result["suite"] for result in record["results"]):
        lines += _table(suite, [result for result in record["results"] if result["suite"] == suite])
        if own := record.get("machines", {}).get(suite):
            differs = {name: value for name, value in own.items() if value != record["machine"].get(name)}
            said = ", ".join(f"{name} {value}" for name, value in differs.items())
            lines += ["", f"Measured by itself{f': {said}' if said else ''}."]
    if _plot(record["results"], folder / "benchmarks.svg"):
        lines += ["", "![Time and memory against hits](benchmarks.svg)"]
    (folder / "benchmarks_figures.md").write_text("\n".join(lines) + "\n")


def _table(suite: str, results: list[dict[str, Any]]) -> list[str]:
    contenders = list(dict.fromkeys(result["contender"] for result in results))
    rows: dict[str, dict[str, str]] = {}
    for result in results:
        numbers = ", ".join(f"{value:,} {name}" for name, value in result.items() if name not in FIGURES)
        rows.setdefault(numbers, {})[result["contender"]] = _cell(result)
    head = [f"## {suite}", "", "Milliseconds (spread), extra MB.", ""]
    lines = [[numbers, *(cells.get(name, "") for name in contenders)] for numbers, cells in rows.items()]
    table = markdown_table(["", *contenders], lines)
    return ["", *head, *table, "", *(f"- {line.strip()}" for line in growth_lines(results))]


def _cell(result: dict[str, Any]) -> str:
    if "failed" in result:
        return str(result["failed"])
    spread = f"{1e3 * result['fastest']:,.0f}–{1e3 * result['slowest']:,.0f}"
    waiting = f", waiting {100 * result['waiting']:.2f} %" if "waiting" in result else ""
    waiting += f", {result['hits_per_second'] / 1e6:.2f} M hits/s" if "hits_per_second" in result else ""
    waiting += f", {result['cpu']:.2f} s of processors" if "cpu" in result else ""
    waiting += f", operations {1e3 * result['operations']:.1f}" if "operations" in result else ""
    if "growth_mb" in result:
        waiting += f", {result['growth_mb']:.1f} MB more allocated, {result['resident_growth_mb']:.1f} MB more resident"
    waiting += f", monitors {100 * result['monitors']:.2f} %" if "monitors" in result else ""
    return f"{1e3 * result['seconds']:,.1f} ({spread}), {result['extra_mb']:,}{waiting}"


def _plot(results: list[dict[str, Any]], path: Path) -> bool:
    """Draw time and extra memory against hits, one column of panels a suite; False without matplotlib."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        return False
    suites = list(dict.fromkeys(result["suite"] for result in results if "hits" in result))
    figure, panels = pyplot.subplots(2, len(suites), figsize=(4 * len(suites), 7), squeeze=False, sharex="col")
    for column, suite in enumerate(suites):
        for row, (figure_name, label) in enumerate((("seconds", "seconds"), ("extra_mb", "extra memory, MB"))):
            panel = panels[row][column]
            _draw(panel, _along_hits([result for result in results if result["suite"] == suite]), figure_name)
            panel.set(xscale="log", yscale="log", ylabel=label, title=suite if row == 0 else "")
        panels[1][column].set_xlabel("hits")
        if panels[0][column].lines:
            panels[0][column].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
    return True


def _along_hits(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the longest series in which only the number of hits varies."""
    series: dict[tuple[tuple[str, Any], ...], list[dict[str, Any]]] = {}
    for result in results:
        fixed = tuple((name, value) for name, value in result.items() if name not in (*FIGURES, "hits"))
        series.setdefault(fixed, []).append(result)
    longest = max(series.values(), key=lambda found: len({result["hits"] for result in found}))
    return [result for result in longest if "failed" not in result]


def _draw(panel: Any, results: list[dict[str, Any]], figure_name: str) -> None:
    for contender in dict.fromkeys(result["contender"] for result in results):
        points = sorted((r["hits"], max(r[figure_name], 1e-6)) for r in results if r["contender"] == contender)
        panel.plot(*zip(*points, strict=True), marker="o", label=contender)
