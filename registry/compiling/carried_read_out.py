"""The read-out that a saved model is used with: a `.keras` file carries it, thresholds and all."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.contract.clusterer import Clusterer
from registry.contract.errors import InputError, Problem
from registry.measuring.read_out import ReadOut
from registry.measuring.track_energy import TrackEnergy

if TYPE_CHECKING:
    from registry.loading.blocks import Registry

MEMBER = "registry_read_out.json"
"""The part of a `.keras` file that holds it; Keras leaves it alone."""

READ_OUT, SECTION, TUNING = "read_out", "evaluation", "tuning"
"""What it holds: the read-out, the options of `Evaluation`, and how the thresholds were chosen."""


def add_read_out(file: Path, content: Mapping[str, Any]) -> None:
    """Put a read-out into a `.keras` file that has none."""
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, json.dumps(dict(content)))


def carried_read_out(file: Path) -> dict[str, Any]:
    """Return what a model's file says of its read-out; nothing for a file that says nothing."""
    try:
        with zipfile.ZipFile(file) as archive:
            content = json.loads(archive.read(MEMBER)) if MEMBER in archive.namelist() else {}
        return dict(content)
    except (OSError, ValueError, TypeError, zipfile.BadZipFile):
        return {}


def untuned(file: Path, clusterer: Clusterer) -> str:
    """Return a sentence that says so if thresholds should have been chosen on validation events, and were not."""
    content = carried_read_out(file)
    if TUNING in content or not clusterer.thresholds or not (content.get(SECTION) or {}).get("tune", True):
        return ""
    names = ", ".join(clusterer.thresholds)
    return (
        f"the thresholds of {clusterer.name!r} ({names}) are those that were written: they were not chosen on "
        "validation events, because the training was stopped, or had none"
    )


def read_out_of(file: Path, registry: Registry) -> ReadOut | None:
    """Return the read-out that a model's file carries, None if it carries none.

    Raises InputError if its clusterer is not there, or has other parameters now.
    """
    plain = carried_read_out(file).get(READ_OUT)
    if not plain:
        return None
    kind = registry.find(plain["clusterer"])
    if kind is None or not issubclass(kind, Clusterer):
        message = f"{file} was saved with the clusterer {plain['clusterer']!r}, which no plugin has brought"
        raise InputError([Problem(message, hint="name its plugin: --plugin FILE_OR_MODULE")])
    try:
        params = kind.Params.model_validate(plain["with"])
    except ValueError as error:
        message = f"{file} was saved with parameters that the clusterer {kind.name!r} does not have now"
        raise InputError([Problem(message, hint=str(error))]) from error
    apart = TrackEnergy(**plain["apart"]) if "apart" in plain else None
    return ReadOut(kind(params), plain["in"], plain["columns"], apart)
