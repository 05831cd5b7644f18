"""docs/step_time.py measures what a step takes."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace

import pytest

from tests.docs.blocks import ROOT


def test_the_time_of_a_step_is_the_median_between_records_without_the_first_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_from_file_location("step_time", ROOT / "docs" / "step_time.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    clock = iter([0.0, 50.0, 52.0, 54.0, 90.0])
    monkeypatch.setattr(module.time, "process_time", lambda: next(clock))
    watch = module.Watch()
    for step in (5, 10, 15, 20, 25):
        watch.on_record(SimpleNamespace(step=step), {})
    watch.on_end(None, "FINISHED")
    assert capsys.readouterr().out == "seconds a step: 0.4\n"
