"""Which condensation point a hit joins."""

from __future__ import annotations

from typing import Literal

Assign = Literal["highest_beta", "nearest_in_reach", "nearest"]
"""Which condensation point a hit joins: the one of highest beta that reaches it, the nearest (in units of its radius)
of those that reach it, or the nearest of all, however far."""
