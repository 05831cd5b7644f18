"""The version of what plugins are offered, and the one that a plugin needs."""

from __future__ import annotations

import ast
from pathlib import Path

CONTRACT = 1
"""Raised when plugins are offered more: hooks, bases, marks of ports. One that needs more says so."""

REQUIRES = "requires_contract"
"""The variable of a plugin that says which version it was written for: `requires_contract = 1`."""


class NewerContract(Exception):
    """A plugin needs a later version of the contract than this one."""

    def __init__(self, needed: object) -> None:
        super().__init__(f"it needs version {needed} of the contract of plugins")
        self.needed = needed


def newer_contract(needed: object) -> bool:
    """Say whether a plugin needs more than there is; raises TypeError for what is no version."""
    if needed is None:
        return False
    if type(needed) is not int or needed < 1:
        raise TypeError(f"`{REQUIRES}` is {needed!r}, expected a whole number, 1 or more: `{REQUIRES} = {CONTRACT}`")
    return needed > CONTRACT


def stated_contract(file: Path | None) -> int | None:
    """Return the version that the text of a plugin says it needs, which may be why it cannot be imported."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8")) if file else None
    except (OSError, SyntaxError, ValueError):
        return None
    for node in tree.body if tree else ():
        if isinstance(node, ast.Assign) and any(
            isinstance(item, ast.Name) and item.id == REQUIRES for item in node.targets
        ):
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            return value if type(value) is int and value > 0 else None
    return None
