"""What all tests share: where the reference data are, and which tests need them."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

from registry.contract import secrets
from tests.order import LONGEST

# Busy machines are slow: how long an example takes says nothing about what it tests.
settings.register_profile("registry", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("fast", settings.get_profile("registry"), max_examples=10)

ROOT = Path(__file__).resolve().parent.parent


PLACES = {ROOT / "tests" / file: place for place, file in enumerate(LONGEST)}


REFERENCE = Path(os.environ.get("REGISTRY_REFERENCE") or ROOT.parent / "shared")


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder with golden/, data/ and reference/: REGISTRY_REFERENCE, or `shared` beside the project."""
    return REFERENCE


def pytest_configure(config: pytest.Config) -> None:
    """Try properties on fewer examples where slow tests are left out."""
    settings.load_profile("fast" if "not slow" in config.option.markexpr else "registry")
    gc.disable()  # until all is imported: what modules hold is no garbage


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the fixture `reference`, and what is long as slow, before `-m` chooses; put long files first."""
    items.sort(key=lambda item: PLACES.get(item.path, len(PLACES)))
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker("slow")
        if "reference" in getattr(item, "fixturenames", ()):
            item.add_marker("reference")


def pytest_collection_finish() -> None:
    """Collect garbage rarely, and look for none in what has been imported: TensorFlow alone is a million objects."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs the reference data where they are not; all from one place, so that pytest reports one line."""
    if item.get_closest_marker("reference") and not REFERENCE.is_dir():
        pytest.skip("tests need the reference data: not run (REGISTRY_REFERENCE)")


@pytest.fixture(autouse=True)
def _no_secrets_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process remembers the secrets it has used, to hide them: those of one test are words of another's messages."""
    monkeypatch.setattr(secrets, "_named", {})
