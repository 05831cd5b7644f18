"""Hands what a training has read to plugins, which see it and may change it in training epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from registry.contract.axes import TensorType
from registry.contract.data import Columns, DataError, Part
from registry.contract.errors import Problem
from registry.contract.failures import PluginFault, function_place
from registry.loading.blocks import Registry
from registry.loading.hook_calls import Answer, answers
from registry.training.columns import checked_columns


def handed_to_plugins(
    registry: Registry,
    part: Part,
    epoch: int | None,
    columns: Columns,
    types: Mapping[str, TensorType],
    sizes: np.ndarray,
) -> Columns:
    """Return what plugins make of the columns of some events.

    `types`: of the columns; `sizes`: hits of the events, [events], of which a training epoch may have fewer. Raises
    PluginFault, at the plugin's line, for what cannot take the place of the columns.
    """
    arguments: dict[str, Any] = {"part": part, "epoch": epoch, "columns": _read_only(columns)}
    for answer in answers(registry, "batch_read", arguments):
        if answer.value is None:
            continue
        if epoch is None:
            raise answer.wrong("nothing outside a training epoch: predictions are made of events as they are")
        if not isinstance(answer.value, Mapping):
            raise answer.wrong("a dict of arrays by column, or nothing to leave them as they are")
        columns = _checked(answer, columns, types, sizes)
        arguments["columns"] = _read_only(columns)
    return columns


def _read_only(columns: Columns) -> Columns:
    """Return the columns as arrays that cannot be written to: a loader may keep what it has handed over."""
    views = {name: np.asarray(array).view() for name, array in columns.items()}
    for array in views.values():
        array.flags.writeable = False
    return views


def _checked(answer: Answer, before: Columns, types: Mapping[str, TensorType], sizes: np.ndarray) -> Columns:
    declared = ", ".join(f"{name} {type_}" for name, type_ in types.items())
    returned: Mapping[str, Any] = answer.value
    missing = [name for name in types if name not in returned]
    further = [name for name in returned if name not in before]
    try:
        if missing or further:
            names = ", ".join(map(repr, missing or further))
            raise DataError(f"{'without the column' if missing else 'with the unknown column'} {names}")
        return checked_columns(returned, types, sizes, "row {}".format, fewer=True)
    except DataError as error:
        message = f"{answer.subject}: its hook {answer.hook} returned wrong columns: {error.message}"
        hint = f"{error.hint}\n" if error.hint else ""
        raise PluginFault(
            Problem(message, function_place(answer.function), hint=f"{hint}expected {declared}")
        ) from error
