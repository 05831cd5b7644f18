"""What a run ran in: versions, commit, machine-independent facts, and what it has kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from registry.drawing.document import table
from registry.reporting.record import RunRecord

PACKAGES_FILE = "environment/packages.txt"

TELLING = ("numpy", "tensorflow", "tensorflow-cpu", "keras", "numba", "mlflow", "scipy", "pandas", "pyarrow", "uproot")
"""Packages whose versions are shown first."""


def environment(record: RunRecord) -> Iterator[str]:
    """Yield the parts of the section on the environment."""
    text = record.text(PACKAGES_FILE)
    versions = dict(re.findall(r"^([\w.-]+)==(\S+)$", text, re.MULTILINE))
    system = re.match(r"# (.*)", text)
    rows = [["system", system[1]]] if system else []
    rows += [[name, versions[name]] for name in TELLING if name in versions]
    rows += [[name, value] for name, value in sorted(record.tags.items()) if not name.startswith("mlflow.")]
    yield table(["of the run", ""], rows)
    if versions:
        yield f"<details><summary>all {len(versions)} packages</summary><pre>{escape(text)}</pre></details>"
    if record.files:
        listed, count = escape("\n".join(sorted(record.files))), len(record.files)
        yield f"<details><summary>{count} files kept with the run</summary><pre>{listed}</pre></details>"
    for title, path in (("changes that are in no commit", "environment/uncommitted.diff"), ("data", "data.txt")):
        if kept := record.text(path):
            yield f"<details><summary>{title}</summary><pre>{escape(kept[:20_000])}</pre></details>"
