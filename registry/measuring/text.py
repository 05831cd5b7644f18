"""Figures of merit as text: what stands above a column, and a value with its error."""

from __future__ import annotations

import math

from registry.measuring.metrics import BY_NAME, F1
from registry.measuring.sample import Figure
from registry.measuring.words import Words

_PERCENT = ("purity", "completeness", "containment")


def is_share(name: str) -> bool:
    """Say whether a figure is shown in percent."""
    return name == F1 or (name in BY_NAME and BY_NAME[name].kind == "share") or name in _PERCENT


def heading(name: str, words: Words | None = None) -> str:
    """Return what a figure of merit is called, with its unit in the words of the data."""
    measure = BY_NAME[name].measure if name in BY_NAME else ""
    unit = "%" if is_share(name) else (words or Words()).unit(measure)
    return f"{name.replace('_', ' ')} {unit}".strip()


def figure_text(name: str, figure: Figure | None) -> str:
    """Return a value with its error by the bootstrap over events; "-" if it is not known."""
    if figure is None or not figure.estimate.known:
        return "-"
    scale, digits = (100.0, 1) if is_share(name) else (1.0, 3)
    error = "" if math.isnan(figure.error) else f" +- {scale * figure.error:.{digits}f}"
    return f"{scale * figure.estimate.value:.{digits}f}{error}"
