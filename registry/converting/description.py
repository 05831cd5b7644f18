"""The description of written events: options to lay over those of a graph, and where the events are from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from registry.console.files import write_whole
from registry.converting.conversion import Conversion
from registry.inference.event_formats import EventFormat

HEAD = """\
# Events that registry.convert has written, as options to lay over those of a graph:
#     python -m registry.train GRAPH --config {name}
"""

SCALED = "# The features are those that the network hands on: they are not scaled again.\n"


def description_of(file: Path) -> Path:
    """Return the file of the description: events.parquet.yaml, or FOLDER.parquet.yaml for FOLDER/*.parquet."""
    if "*" in file.name:
        return file.parent.with_name(f"{file.parent.name}{file.suffix}.yaml")
    return file.with_name(f"{file.name}.yaml")


def write_description(file: Path, form: EventFormat, conversion: Conversion, provenance: Mapping[str, Any]) -> Path:
    """Write the description of a file of events beside it, and return its file."""
    target = description_of(file)
    name = file.name if "*" not in file.name else f"{file.parent.name}/{file.name}"
    name += f"/{form.inside}" if form.inside else ""
    parameters = {"file": name, **form.places, **conversion.described(form.event_column)}
    data: dict[str, Any] = {"loader": form.read_by}
    if conversion.scaled:
        data["scaling"] = "none"
    data["options"] = {form.read_by: parameters}
    lines = yaml.safe_dump(dict(provenance), sort_keys=False, width=110).splitlines()
    origin = "".join(f"#     {line}\n" for line in ["where they are from:", *lines])
    text = yaml.safe_dump({"Data": data}, sort_keys=False, width=110, default_flow_style=None)
    head = HEAD.format(name=target.name) + (SCALED if conversion.scaled else "")
    write_whole(target, head + origin + text)
    return target
