"""The stages of a training on a page: what each does, and its learning rate as a curve."""

from __future__ import annotations

from collections.abc import Sequence

from registry.drawing.svg import escaped
from registry.wiring.stage_plan import StagePlan

WIDTH, HEIGHT, ROOM = 260.0, 70.0, 4.0


def stages(planned: Sequence[StagePlan]) -> str:
    """Return the stages as HTML; nothing if there are none."""
    if not planned:
        return ""
    parts = [_stage(number, stage) for number, stage in enumerate(planned, start=1)]
    return f'<section class="stages"><h2>Training</h2>{"".join(parts)}</section>'


def _stage(number: int, stage: StagePlan) -> str:
    rows = "".join(f"<dt>{escaped(name)}</dt><dd>{escaped(text)}</dd>" for name, text in stage.does.items())
    title = escaped(f"{number}. {stage.label}, {stage.length}")
    return f"<h3>{title}</h3>{_curve(stage.rates)}<dl>{rows}</dl>"


def _curve(rates: Sequence[float]) -> str:
    """Return the learning rate from the start of a stage to its end, from 0 to its largest value."""
    top = max(rates, default=0.0)
    if not top:
        return ""
    step = WIDTH / (len(rates) - 1)
    points = " ".join(
        f"{index * step:.1f},{ROOM + (HEIGHT - ROOM) * (1 - rate / top):.1f}" for index, rate in enumerate(rates)
    )
    label = f"learning rate: {rates[0]:.3g} at the start, {top:.3g} at most, {rates[-1]:.3g} at the end"
    box = f'viewBox="0 0 {WIDTH:.0f} {HEIGHT + ROOM:.0f}" width="100%"'
    line = f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    return f'<figure><svg {box} role="img" aria-label="{label}">{line}</svg><figcaption>{label}</figcaption></figure>'
