"""What a loader has to declare, so that its columns can be batched, and the files its parameters name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.axes import Axis, TensorType
from registry.contract.block import Block, BlockParams, Complaint, has_mark
from registry.contract.errors import InputError, Problem, Problems
from registry.contract.failures import PluginFault, class_place
from registry.contract.spelling import did_you_mean

if TYPE_CHECKING:
    from registry.wiring.checked_graph import CheckedGraph, CheckedNode

ROW_SPLITS = "row_splits"

SHOWN = 8
"""Names of files that a hint lists."""

_DECLARED = 'Port("row_splits", "events+1 -> hits", dtype="int32")'


def check_outputs(block: Block, types: Mapping[str, TensorType]) -> None:
    """Raise PluginFault unless a loader's outputs are row splits, and columns of known width, a row for each hit."""
    splits = types.get(ROW_SPLITS)
    if splits is None:
        raise _fault(block, f"it declares no output {ROW_SPLITS!r}", f"expected {_DECLARED}")
    axis = splits.axes[0] if len(splits.axes) == 1 else None
    if not isinstance(axis, Axis) or axis.offset != 1 or splits.points_to is None or splits.dtype != "int32":
        raise _fault(block, f"its output {ROW_SPLITS!r} is {splits}", f"expected {_DECLARED}")
    rows = (splits.points_to, Axis(axis.name, axis.origin))
    for name, type_ in types.items():
        if name == ROW_SPLITS:
            continue
        if not type_.axes or type_.axes[0] not in rows:
            message = f"its output {name!r} is {_written(block, name)}: its rows are not those that {ROW_SPLITS} cuts"
            raise _fault(block, message, f"expected {rows[0].name!r} as its first axis: one row for each hit")
        for width in type_.axes[1:]:
            if isinstance(width, Axis):
                message = f"its output {name!r} is {_written(block, name)}: nothing says how long {width.name!r} is"
                raise _fault(block, message, _how(width))


def _how(width: Axis) -> str:
    return (
        "expected a number (`hits 4`), a parameter (`hits {width}`), or in output_types():\n"
        f'`bindings.sizes["{width.name}"] = 4; return super().output_types(inputs, bindings, node)`'
    )


def _written(block: Block, name: str) -> str:
    return next((f"declared as {port.pattern!r}" for port in block.outputs if port.name == name), "not declared")


def _fault(block: Block, message: str, hint: str) -> PluginFault:
    return PluginFault(Problem(f"loader {block.name!r}: {message}", class_place(type(block), "outputs"), hint=hint))


def loader_of(checked: CheckedGraph, problems: Problems) -> CheckedNode:
    """Return the loader of a graph, whatever else is wrong with the graph; raises InputError if it cannot be opened."""
    try:
        loader = checked.loader
    except (ValueError, KeyError):
        problems.raise_if_any()
        message = "the graph has no events: exactly one loader is needed"
        raise InputError([Problem(message, checked.expanded.origin)]) from None
    own = [problem for problem in problems.errors if problem.node in ("", loader.written.path)]
    if own:
        raise InputError(own)
    return loader


def missing_files(params: BlockParams) -> Iterator[Complaint]:
    """Yield the parameters of a loader that name a file or a folder which is not there."""
    for name, field in type(params).model_fields.items():
        value = getattr(params, name)
        if (
            not has_mark(field, "path")
            or has_mark(field, "remark")
            or not isinstance(value, str | Path)
            or not str(value)
        ):
            continue
        text = str(value)
        if "://" in text or any(sign in text for sign in "*?[") or Path(text).exists():
            continue
        key = field.alias or name
        yield Complaint(f"parameter {key!r}: {text!r} does not exist", key, _neighbours(Path(text)))


def _neighbours(path: Path) -> str:
    """Return what was probably meant by a path that does not exist, or what is there."""
    if not path.parent.is_dir():
        return f"nor does the folder it would be in, {str(path.parent)!r}"
    names = sorted(item.name for item in path.parent.iterdir() if not item.name.startswith("."))
    return did_you_mean(path.name, names) or f"{path.parent} holds: {', '.join(names[:SHOWN]) or 'nothing'}"
