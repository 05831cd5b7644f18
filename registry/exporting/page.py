"""Writes what lies beside an export: what it takes and returns, a request, the proof, the times of events."""

from __future__ import annotations

from registry.contract.exporter import Exportable, Exporter
from registry.exporting.proving import Proof

MARK = "<!-- written by `python -m registry.export` -->"
"""First line of the page, by which a folder is known as an export, which another one may replace."""

EXAMPLE = "rng = np.random.default_rng()"


def page(exporter: Exporter, network: Exportable, proof: Proof, place: str, model: str) -> str:
    """Return the page, in Markdown; `place`: the name of the file or folder, `model`: what the model is called."""
    lines = [MARK, f"# {network.name}", "", f"The network of {model}, exported as `{exporter.name}`.", ""]
    lines += _table("It takes", network.inputs)
    lines += ["", "Columns of several events stand behind each other; `row_splits` says where each event begins, and"]
    lines += ["where the last one ends: `[0, hits]` for one event. Values are those of the loader, not scaled by hand:"]
    lines += ["the transforms of the training are in the network.", ""]
    lines += _table("It returns", network.outputs)
    lines += ["", "## A request", "", "```python", *request(exporter, network, place).splitlines(), "```", ""]
    for note in exporter.notes(network):
        lines += [note, ""]
    lines += ["## Proof", "", proved(proof), "", "## Times", "", *times(proof)]
    return "\n".join([*lines, ""])


def request(exporter: Exporter, network: Exportable, place: str) -> str:
    """Return Python code that makes an event of ten hits, and asks the export for its outputs."""
    code = exporter.request(network).replace("arguments[0]", f'"{place}"')
    columns = []
    for tensor in network.inputs:
        shape = ", ".join(str(size or "hits") if place else "hits" for place, size in enumerate(tensor.shape))
        if tensor.name == "row_splits":
            columns.append(f'    "{tensor.name}": np.array([0, hits], "{tensor.dtype}"),')
        else:
            columns.append(f'    "{tensor.name}": np.random.normal(size=({shape},)).astype("{tensor.dtype}"),')
    lines = ["", "hits = 10", "columns = {", *columns, "}", "outputs = predict(columns)"]
    shown = f'print(outputs["{network.outputs[0].name}"])'
    return "\n".join(["import numpy as np", code.rstrip(), "", *lines, shown])


def proved(proof: Proof) -> str:
    """Return a sentence that says what was compared."""
    sizes = sorted({size for sizes in proof.trials for size in sizes})
    return (
        f"Equal to the model to {proof.difference:.1g} of the largest value of each output in every one of "
        f"{len(proof.trials)} batches of random events: none, one and several events, of {', '.join(map(str, sizes))} "
        "hits; in a process without the package that has written it. Events on which the model itself hangs on "
        "rounding were not drawn."
    )


def times(proof: Proof) -> list[str]:
    """Return a table of times, in milliseconds, the shortest of a few calls."""
    heads = ["hits", "Keras, compiled kernels, ms", "Keras, plain kernels, ms", "export, ms", "export / Keras"]
    rows = [f"| {' | '.join(heads)} |", f"|{'---:|' * len(heads)}"]
    for item in proof.times:
        numbers = [f"{seconds * 1e3:,.1f}" for seconds in (item.model, item.plain, item.export)]
        rows.append(f"| {item.hits:,} | {' | '.join(numbers)} | {item.export / item.model:.2f} |")
    return rows


def _table(heading: str, tensors: object) -> list[str]:
    rows = [f"{heading}:", "", "| name | type and shape |", "|---|---|"]
    assert isinstance(tensors, tuple)
    return [*rows, *(f"| `{tensor.name}` | {tensor} |" for tensor in tensors)]
