"""Modules that are imported when something of them is used, though others import them at once."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def postpone(name: str, *functions: str) -> None:
    """Let `import name`, of a module in a package, and the import of these functions of it import nothing yet.

    The module is imported when one of the functions is called, or anything else of it is asked for.
    """
    spec = importlib.util.find_spec(name)
    if name in sys.modules or spec is None:
        return
    stand_in = ModuleType(name)

    def found(attribute: str) -> Any:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(importlib.import_module(name), attribute)

    def calling(function: str) -> Callable[..., Any]:
        return lambda *values, **named: found(function)(*values, **named)

    vars(stand_in).update({function: calling(function) for function in functions})
    vars(stand_in).update(__getattr__=found, __path__=spec.submodule_search_locations)
    sys.modules[name] = stand_in
    package, _, module = name.rpartition(".")
    setattr(importlib.import_module(package), module, stand_in)
