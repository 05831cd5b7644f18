"""Measures a run's network before it is trained, and records what was found."""

from __future__ import annotations

from registry.drawing.measured import draw_measured
from registry.training.profile import as_json, profile, table
from registry.training.run import Run


def profile_run(run: Run) -> None:
    """Measure every node on the first training batch; show, draw and log what was found."""
    largest = max(stage.options.batch_size for stage in run.options.stages)
    batch = run.feed.read("train", run.feed.batches("train", largest)[0])
    profiles = profile(run.compiled, batch.tensors)
    run.progress.line(table(profiles, batch.hits))
    run.log_text(table(profiles, batch.hits), "profile/profile.txt")
    run.log_text(as_json(profiles, batch.hits), "profile/profile.json")
    picture = run.folder / "profile.html"
    draw_measured(run.checked, {item.node: item.seconds for item in profiles}, str(picture))
    run.log_file(picture, "profile")
    run.progress.line(f"drawing coloured by time: {picture}")
