"""Threads of OpenMP sleep while they wait, unless the user has said otherwise."""

from __future__ import annotations

import os

import pytest

from registry.contract.openmp import WAITING, let_threads_sleep


@pytest.mark.parametrize(("given", "expected"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_sleep_unless_the_environment_says_otherwise(
    given: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (name,) = WAITING
    # Set first: what was there comes back after the test, whatever is set within.
    monkeypatch.setenv(name, given or "")
    if given is None:
        del os.environ[name]
    let_threads_sleep()
    assert os.environ[name] == expected
