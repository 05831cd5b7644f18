"""What all tests share: where the reference numbers are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Busy machines are slow: how long an example takes says nothing about what it tests.
settings.register_profile("registry", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("registry")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder with golden/, data/ and reference/: REGISTRY_REFERENCE, or `shared` beside the project."""
    folder = Path(os.environ.get("REGISTRY_REFERENCE") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not a folder; set REGISTRY_REFERENCE")
    return folder
