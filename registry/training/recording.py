"""Trains between the start of a run's trackers and their end: whatever ends the run, what it has learnt is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from registry.contract.data import PARTS, digest_of_part
from registry.contract.errors import RunError
from registry.contract.run_store import Status
from registry.contract.tracker import RunInfo, Tracker
from registry.loading.session import SESSION_PLUGIN, SessionText, session_text
from registry.tracking.artifacts import SOURCE
from registry.tracking.datasets import CONTEXTS, data_infos
from registry.tracking.runs import MODEL_FILE, REASON_FILE
from registry.training import memory
from registry.training.beginning import Beginning
from registry.training.checkpoint import CHECKPOINT_FOLDER
from registry.training.fitting import fitted_values
from registry.training.hits_model import hits_model
from registry.training.observers import call_hook, notify
from registry.training.profiling import profile_run
from registry.training.read_out import chosen_read_out
from registry.training.run import Run
from registry.training.run_folder import write_card
from registry.training.run_page import write_page
from registry.training.saving import save_model
from registry.training.trainer import Trainer
from registry.wiring.fingerprints import EVENTS, fingerprints

WEIGHTS = "model.weights"
"""The tag that says which weights the saved model has."""

VALIDATION = "validation/"
"""Start of the names of metrics of the validation after an epoch."""

DATA_FILE = "data.txt"
"""Where a run keeps what its loader says of the events: what filters removed, what was skipped."""

SESSION_FILE = f"{SOURCE}/{SESSION_PLUGIN}"
"""What blocks that were defined in a notebook or a script were made of."""

TRANSFORMS_FILE = "transforms.json"
"""Where a run keeps the values that its transforms were fitted to, by node."""


def train_recorded(
    run: Run, trackers: Iterable[Tracker], info: RunInfo, profiled: bool, beginning: Beginning
) -> Status:
    """Train from the trackers' start to their end, whatever comes between; return how it ended.

    Raises RunError for a run that has failed, in its end too: it is FAILED in every tracker, with the reason.
    """
    memory.begin()
    trainer = Trainer(run)
    ending = _Ending(run, trainer)
    with run.interrupts:
        try:
            _open(run, trainer, trackers, info, beginning)
            if profiled:
                profile_run(run)
            with run.ranks.held(run.interrupts):
                trainer.fit(beginning.resumed.saved if beginning.resumed else None)
        except KeyboardInterrupt:
            ending.status = "KILLED"
        except BaseException as error:
            # What TensorFlow is tracing may make an error of its own of an interrupt.
            if not run.interrupts.received:
                ending.failed(str(error) or type(error).__name__)
                raise
            ending.status = "KILLED"
        finally:
            run.interrupts.close()
            ending.close()
    with suppress(RunError):
        # The others wait until all is saved; one that has ended since is not missed.
        run.ranks.shared(None)
    if ending.status == "FAILED":
        raise RunError("\n".join(ending.reasons))
    if ending.status == "KILLED":
        path = trainer.checkpoints.path
        kept = f"checkpoint: {path}" if path.exists() else "there is no checkpoint yet"
        run.progress.line(f"interrupted after {run.step} steps; {kept}")
    return ending.status


def _open(run: Run, trainer: Trainer, trackers: Iterable[Tracker], info: RunInfo, beginning: Beginning) -> None:
    """Open the run in every tracker, whole even if it is interrupted meanwhile; then the callbacks start."""
    with run.interrupts.held():
        trainer.checkpoints.made_by = beginning.open(run, trackers, info)
        write_card(run.folder, trainer.checkpoints.made_by)
        loader, digest = run.checked.loader, info.tags.get(EVENTS, "")
        run.log_data(data_infos(loader, run.feed.source, digest))
        for part in PARTS:
            if len(run.feed.source.sizes(part)):
                run.tag(f"split.{CONTEXTS[part]}", digest_of_part(run.feed.source, part))
        if run.system:
            run.system.start()
        session = session_text(run.checked.registry, run.checked.block_names)
        if session.blocks:
            run.warn(_of_session(session))
            run.log_text(session.text, SESSION_FILE)
        if notes := getattr(run.feed.source, "notes", ()):
            run.log_text("\n".join(notes) + "\n", DATA_FILE)
        if counts := getattr(run.feed.source, "counts", {}):
            run.log_metrics({f"data/{name}": float(count) for name, count in counts.items()})
        if fitted := fitted_values(run.compiled):
            run.log_text(json.dumps(fitted, indent=1) + "\n", TRANSFORMS_FILE)
    notify(run, "on_start")


def _of_session(session: SessionText) -> str:
    """Return what is to be said of blocks that no file holds."""
    said = f"{', '.join(session.blocks)}: defined in this session, in no file; the text is kept as {SESSION_FILE}"
    if session.missing:
        return f"{said}, but not {', '.join(session.missing)}: the run cannot be repeated without"
    return f"{said}: the run can be repeated with it"


class _Ending:
    """The end of a run: what there is to save and log is, each part whatever becomes of the others."""

    def __init__(self, run: Run, trainer: Trainer) -> None:
        self._run, self._trainer = run, trainer
        self.status: Status = "FINISHED"
        self.reasons: list[str] = []
        self._read_out: Mapping[str, Any] = {}

    def failed(self, reason: str) -> None:
        """Note why the run has failed."""
        self.status = "FAILED"
        self.reasons.append(reason)

    def close(self) -> None:
        """Log the checkpoint and the model as they are now, and end the run in every tracker."""
        known = len(self.reasons)
        if self._run.system:
            self._run.system.stop()
        with ExitStack() as trackers:
            for tracker in self._run.trackers:
                trackers.callback(self._finish, tracker)
            self._attempt(self._log_memory)
            self._attempt(self._log_checkpoint)
            self._attempt(self._log_model)
            self._attempt(partial(notify, self._run, "on_end", self.status))
            ended = partial(call_hook, self._run.checked.registry, "run_ended", run=self._run, status=self.status)
            self._attempt(ended)
            if self.reasons:
                self._attempt(partial(self._run.log_text, "\n".join(self.reasons) + "\n", REASON_FILE))
            self._write_page()
        if known:
            # The first reason is raised: what else went wrong is said here.
            for reason in self.reasons[known:]:
                self._run.progress.line(f"warning: {reason}")

    def _write_page(self) -> None:
        """Write the page of the run; one that cannot be written is warned of, and changes nothing of the run."""
        if not self._run.trackers:
            return
        try:
            write_page(self._run, self.status, self._read_out)
        except Exception as error:
            self._run.progress.line(f"warning: the page of the run was not written: {error or type(error).__name__}")

    def _attempt(self, action: Callable[[], object]) -> None:
        try:
            action()
        except Exception as error:
            self.failed(str(error) or type(error).__name__)

    def _finish(self, tracker: Tracker) -> None:
        # What ends a run is known only when everything else has been tried.
        tracker.finish(self.status)

    def _log_memory(self) -> None:
        for tracker in self._run.trackers:
            tracker.metrics({memory.PEAK: memory.peak()}, self._run.step)

    def _log_checkpoint(self) -> None:
        for path in self._trainer.checkpoints.all():
            self._run.log_file(path, CHECKPOINT_FOLDER)

    def _log_model(self) -> None:
        if self._run.compiled.inference is not None and self._trainer.begun:
            file = PurePosixPath(MODEL_FILE)
            path = self._run.folder / file.name
            self._run.tag(WEIGHTS, self._trainer.use_final_weights())
            self._read_out = chosen_read_out(self._run, tuned=self.status == "FINISHED")
            model, checked, columns = self._run.compiled.inference, self._run.checked, self._trainer.some_columns()
            call_hook(checked.registry, "before_save", run=self._run, model=model)
            save_model(model, path, columns, checked, self._read_out)
            tags = {"graph": checked.expanded.name, **fingerprints(checked).tags()}
            info = hits_model(checked, model, path, columns, self._run.step, tags)
            if info:
                self._run.log_model(info, str(file.parent))
                self._log_figures()
            else:
                self._run.log_file(path, str(file.parent))

    def _log_figures(self) -> None:
        """Say which metrics are those of the saved model: of its validation, and what monitors found at the end."""
        run, step = self._run, self._trainer.final_step
        validated = {name: value for name, value in run.collected.at(step).items() if name.startswith(VALIDATION)}
        run.log_figures(validated, step, VALIDATION.rstrip("/"))
        if self.status == "FINISHED":
            nodes = run.checked.nodes.items()
            monitors = {path for path, node in nodes if node.block.kind == "monitor"}
            at_last = run.collected.at(run.step).items()
            run.log_figures({name: value for name, value in at_last if name.partition("/")[0] in monitors}, run.step)
