"""Numbers as texts: as many digits as their errors allow."""

from __future__ import annotations

import math

from registry.comparing.statistics import Estimate

PLUS_MINUS = "\u00b1"

NONE = "-"


def number(value: float, digits: int = 4) -> str:
    """Return a number with so many digits that count; "-" for nan."""
    if math.isnan(value):
        return NONE
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{value:.{max(0, places)}f}" if -4 <= math.floor(math.log10(abs(value))) < 7 else f"{value:.{digits - 1}e}"


def with_error(found: Estimate) -> str:
    """Return a mean with its error, "0.312 \u00b1 0.014": the error has two digits; without one, four of the mean."""
    if not found.known:
        return NONE
    if not math.isfinite(found.error) or found.error == 0:
        return f"{found.mean:.6g} {PLUS_MINUS} 0" if found.error == 0 else number(found.mean)
    places = 1 - math.floor(math.log10(found.error))
    if places > 8 or places < -6:
        return f"{found.mean:.4e} {PLUS_MINUS} {found.error:.1e}"
    places = max(0, places)
    return f"{found.mean:.{places}f} {PLUS_MINUS} {found.error:.{places}f}"


def p_value(value: float) -> str:
    """Return a p-value, "0.03", "< 0.0001"; "-" for none."""
    if math.isnan(value):
        return NONE
    return "< 0.0001" if value < 1e-4 else f"{value:.2g}"


def duration(seconds: float) -> str:
    """Return a time in its unit, "35 s", "12 min", "3.2 h"."""
    if math.isnan(seconds):
        return NONE
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{number(seconds / length, 2)} {unit}"
    return f"{number(seconds, 2)} s"
