"""The classes that plugins have registered with Keras, by the names that saved models know them by."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import keras

from registry.contract.errors import InputError, Problem
from registry.contract.searching import ENGINE
from registry.loading.blocks import Registry

_OWN = "give each plugin a package of its own: @keras.saving.register_keras_serializable('NAME_OF_THE_PLUGIN')"


def registered(registry: Registry) -> dict[str, Any]:
    """Return what the plugins of a registry have registered with Keras, as far as it is imported, by name.

    Raises InputError for two of one name: a saved model could not tell them apart.
    """
    found: dict[str, Any] = {}
    problems = []
    for item in _objects(registry):
        name = keras.saving.get_registered_name(item)
        # Keras calls by its own name what is not registered.
        if not isinstance(name, str) or ">" not in name:
            continue
        other = found.setdefault(name, item)
        if other is not item:
            message = f"{_place(other)} and {_place(item)} are both registered with Keras as {name!r}"
            problems.append(Problem(message, hint=f"a saved model could not tell them apart; {_OWN}"))
    if problems:
        raise InputError(problems)
    return found


def make_known(registry: Registry) -> None:
    """Let Keras know the classes of these plugins by their names, and not those of a plugin that was loaded before."""
    keras.saving.get_custom_objects().update(registered(registry))


@contextmanager
def known(registry: Registry) -> Iterator[None]:
    """Let Keras know the classes of these plugins for a while; afterwards it knows those that it knew before."""
    objects = keras.saving.get_custom_objects()
    before = dict(objects)
    make_known(registry)
    try:
        yield
    finally:
        objects.update(before)


def _objects(registry: Registry) -> Iterator[Any]:
    """Yield the classes and functions that the imported modules of plugins define."""
    plugins = {
        module.__name__.partition(".")[0]
        for _, module in registry.manager.list_name_plugin()
        if isinstance(module, ModuleType)
    }
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        if top not in plugins or (top == ENGINE and not name.startswith(f"{ENGINE}.plugins.")):
            continue
        for item in list(vars(module).values()):
            if callable(item) and getattr(item, "__module__", "") == name and hasattr(item, "__qualname__"):
                yield item


def _place(item: Any) -> str:
    file = getattr(sys.modules.get(item.__module__), "__file__", None) or item.__module__
    return f"{item.__qualname__} in {file}"
