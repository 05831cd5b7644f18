"""Says which package a format needs."""

from __future__ import annotations

import importlib.util

from registry.contract.errors import InputError, Problem


def require(package: str, extra: str) -> None:
    """Raise InputError, which says how it is installed, if a package is missing that an extra of this one brings."""
    if importlib.util.find_spec(package) is None:
        message = f"files of this format are written by the package {package}, which is not installed"
        raise InputError([Problem(message, hint=f"pip install 'registry[{extra}]'")])
