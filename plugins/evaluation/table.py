"""Sets the scores of several ways of clustering side by side, as plain text and as records."""

from __future__ import annotations

from collections.abc import Mapping

from registry.plugins.evaluation.metrics import Estimate, Score

Scores = Mapping[str, Mapping[str, Score]]
"""Score by way of clustering and sample."""

_ESTIMATES = ("efficiency", "purity", "fake_rate", "response", "resolution")


def records(scores: Scores) -> list[dict[str, str | int | float]]:
    """Return one flat record per way of clustering and sample: every estimate with its error, and the counts."""
    result: list[dict[str, str | int | float]] = []
    for method, samples in scores.items():
        for sample, score in samples.items():
            record: dict[str, str | int | float] = {"method": method, "sample": sample}
            for name in _ESTIMATES:
                estimate: Estimate = getattr(score, name)
                record |= {name: estimate.value, f"{name}_error": estimate.error}
            result.append(record | {"objects": score.objects, "clusters": score.clusters, "matched": score.matched})
    return result


def text(scores: Scores) -> str:
    """Return the table: one block of rows per sample, values in percent (efficiency, purity, fakes) with errors.

    Response and resolution appear if any score has them.
    """
    samples = list(dict.fromkeys(sample for row in scores.values() for sample in row))
    with_energy = any(
        score.responses.size and score.response.value == score.response.value
        for row in scores.values()
        for score in row.values()
    )
    header = ["sample", "clustering", "efficiency %", "purity %", "fake rate %"]
    header += ["response", "resolution"] if with_energy else []
    lines = [[*header, "objects", "clusters"]]
    for sample in samples:
        for method, row in scores.items():
            if sample in row:
                lines.append(_line(sample, method, row[sample], with_energy))
    return _aligned(lines)


def _line(sample: str, method: str, score: Score, with_energy: bool) -> list[str]:
    cells = [sample, method, *(_percent(item) for item in (score.efficiency, score.purity, score.fake_rate))]
    if with_energy:
        cells += [str(score.response), str(score.resolution)]
    return [*cells, str(score.objects), str(score.clusters)]


def _percent(estimate: Estimate) -> str:
    if estimate.value != estimate.value:
        return "-"
    if estimate.error != estimate.error:
        return f"{100 * estimate.value:.1f}"
    return f"{100 * estimate.value:.1f} +- {100 * estimate.error:.1f}"


def _aligned(lines: list[list[str]]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    rows = []
    for line in lines:
        names = [cell.ljust(width) for cell, width in zip(line[:2], widths[:2], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(line[2:], widths[2:], strict=True)]
        rows.append("  ".join([*names, *numbers]).rstrip())
    return "\n".join(rows)
