"""The entries of a TTree or RNTuple, by uproot; only the range of entries asked for is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

from registry.contract.data import DataError
from registry.contract.spelling import did_you_mean
from registry.plugins.loaders.description.remote import file_name, is_remote, opened
from registry.plugins.loaders.description.table import ColumnType, Values

BYTES_AT_ONCE = 64 * 2**20
"""Bytes of uncompressed branches that one range of entries may have."""

_PART = re.compile(r"(.+)\[:,(\d+)\]")

TREES = ("TTree", "TNtuple", "TNtupleD", "RNTuple")
"""Classes of ROOT that are read."""


class RootTable:
    """A tree with its friends; `friends`: file and name of each."""

    def __init__(self, path: str, table: str, friends: Sequence[tuple[str, str]] = ()) -> None:
        self.name, self._path = file_name(path), path
        tree = open_tree(path, table)
        self.rows = int(tree.num_entries)
        self._branches: dict[str, Any] = dict(_branches(tree))
        for file, name in friends:
            friend = open_tree(file, name, "friends")
            if friend.num_entries != self.rows:
                message = f"friend {name!r} of {Path(file).name} has {friend.num_entries} entries, "
                raise DataError(f"{message}{self.name} {self.rows}", "friends", "friends are joined entry by entry")
            for branch, item in _branches(friend):
                # As ROOT has it, the tree's own branch comes first; that of the friend has its name before it.
                self._branches[f"{name.split('/')[-1]}.{branch}" if branch in self._branches else branch] = item
        self.types = _Types(self._branches)
        size = int(getattr(tree, "uncompressed_bytes", 0) or 0)
        step = max(1, min(self.rows or 1, int(BYTES_AT_ONCE * max(self.rows, 1) / max(size, 1))))
        self.pieces = np.append(np.arange(0, self.rows, step), self.rows)

    def read(self, names: Iterable[str], start: int, stop: int) -> dict[str, Values]:
        """Return columns of the entries from `start` to before `stop`."""
        return {name: self._column(name, start, stop) for name in names}

    def _column(self, name: str, start: int, stop: int) -> Values:
        branch, index = _part(name) or (name, None)
        try:
            array = self._branches[branch].array(entry_start=start, entry_stop=stop, library="ak")
        except Exception as error:  # uproot raises what its decompressors and parsers raise
            message = f"branch {name!r} of {self.name} cannot be read: {_short(error)}"
            raise DataError(message, "file", "make or copy the file again") from error
        return _values(ak.to_layout(array if index is None else array[..., index]), name)

    def array(self, name: str) -> np.ndarray | None:
        """Return a whole branch of plain values."""
        if name not in self.types or self.types[name].depth:
            return None
        return self._column(name, 0, self.rows).values

    def arrays(self) -> Iterable[str]:
        """Return the names of the branches of plain values."""
        return [name for name in self._branches if not self.types[name].depth]


class _Types(dict[str, ColumnType]):
    """What each branch holds, looked up when it is asked for: a tree may have thousands."""

    def __init__(self, branches: dict[str, Any]) -> None:
        super().__init__(dict.fromkeys(branches, ColumnType(np.dtype(object))))
        self._branches, self._known = branches, set[str]()

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and self._place_in(name))

    def _place_in(self, name: str) -> bool:
        """Say whether a name means one value of arrays of one length, "position[:,0]"."""
        branch, index = _part(name) or ("", 0)
        return branch in self._branches and index < _width(self._branches[branch])

    def __getitem__(self, name: str) -> ColumnType:
        if name not in self._branches:
            branch, _ = _part(name) or (name, 0)
            return replace(self[branch], depth=self[branch].depth - 1)
        if name not in self._known:
            self._known.add(name)
            self[name] = _type(self._branches[name])
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return what a branch holds, or `default` for one that is not there."""
        return self[name] if name in self else default  # noqa: SIM401  (`dict.get` does not look the type up)

    def items(self) -> Any:
        """Return every name with what it holds."""
        return [(name, self[name]) for name in self]


def open_tree(path: str, table: str, parameter: str = "table") -> Any:
    """Return the tree of a name, or the only one; raises DataError if there is none, or more."""
    try:
        # What is read is kept, or not, by whoever asks for it: uproot would keep 100 MB of each file beside that.
        file = uproot.open(opened(path), array_cache=None)
        names = {key.split(";")[0]: kind for key, kind in file.classnames(recursive=True).items()}
    except Exception as error:
        hint = "copy it again if it was cut off"
        raise DataError(f"{path!r} is not a ROOT file: {_short(error)}", "file", hint) from error
    if not is_remote(path) and (size := Path(path).stat().st_size) < file.file.fEND:
        message = f"{path!r} is cut off: it has {size:,} of {file.file.fEND:,} bytes"
        raise DataError(message, "file", "copy it again, or close it where it is written")
    old = [name for name, kind in names.items() if kind == "ROOT::Experimental::RNTuple" and table in ("", name)]
    if old:
        message = f"{old[0]!r} of {file_name(path)} is an RNTuple from before ROOT 6.34, which uproot does not read"
        raise DataError(message, parameter, "write it again with ROOT 6.34 or later")
    trees = [name for name, kind in names.items() if kind.split("::")[-1] in TREES]
    if not table and len(trees) != 1:
        held = (
            f"name one of them as `table`: {', '.join(trees)}"
            if trees
            else f"it holds: {', '.join(names) or 'nothing'}"
        )
        what = "several trees" if trees else "no tree"
        raise DataError(f"{file_name(path)} has {what}", parameter, held)
    name = table or trees[0]
    if name not in trees:
        hint = did_you_mean(name, trees) or f"it has: {', '.join(trees) or 'none'}"
        raise DataError(f"{file_name(path)} has no tree {name!r}", parameter, hint)
    try:
        return file[name]
    except Exception as error:  # uproot raises what its decompressors and parsers raise
        message = f"{name!r} of {file_name(path)} cannot be read: {_short(error)}"
        raise DataError(message, "file", "make or copy the file again") from error


def _branches(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield every branch that holds values, by its name without the branches it lies in, unless two have it then."""
    items = tree.iteritems(recursive=True, full_paths=True)
    # A field of an RNTuple is called by its path; the name of a branch may hold slashes.
    named = [
        (path, item.name if hasattr(item, "interpretation") else path, item)
        for path, item in items
        if not (getattr(item, "branches", ()) or getattr(item, "fields", ()))
    ]
    times = Counter(name for _, name, _ in named)
    for path, last, item in named:
        name = last if times[last] == 1 else path
        # Imported RNTuples call a field "_collection0.Muon_pt", with a number that differs from file to file.
        head, _, tail = name.partition(".")
        yield (tail if head.startswith("_collection") and head[11:].isdigit() and tail else name), item


def _type(branch: Any) -> ColumnType:
    try:
        form = branch.interpretation.awkward_form(branch.file) if hasattr(branch, "interpretation") else _form(branch)
    except Exception as error:
        return ColumnType(np.dtype(object), 0, f"uproot does not read it: {_short(error)}")
    depth = 0
    while not isinstance(form, ak.forms.NumpyForm):
        if isinstance(form, ak.forms.ListOffsetForm | ak.forms.ListForm | ak.forms.RegularForm):
            if form.parameter("__array__") in ("string", "bytestring"):
                break
            form, depth = form.content, depth + 1
        elif isinstance(form, ak.forms.IndexedForm | ak.forms.IndexedOptionForm | ak.forms.UnmaskedForm):
            form = form.content
        elif isinstance(form, ak.forms.RecordForm) and len(form.contents) == 1:
            # A field of a collection of an RNTuple is a list of records that have it alone.
            form = form.contents[0]
        else:
            break
    if not isinstance(form, ak.forms.NumpyForm):
        return ColumnType(np.dtype(object), depth)
    return ColumnType(np.dtype(form.primitive), depth + len(form.inner_shape))


def _part(name: str) -> tuple[str, int] | None:
    """Return the branch and the place of "position[:,0]"; None for a name that is no such part."""
    found = _PART.fullmatch(name)
    return None if found is None else (found[1], int(found[2]))


def _width(branch: Any) -> int:
    """Return how many values the arrays of one length have that a branch holds; 0 for one without."""
    try:
        form = branch.interpretation.awkward_form(branch.file) if hasattr(branch, "interpretation") else _form(branch)
    except Exception:  # uproot does not know the type
        return 0
    width = 0
    while not isinstance(form, ak.forms.NumpyForm):
        if isinstance(form, ak.forms.RecordForm) and len(form.contents) == 1:
            form = form.contents[0]
            continue
        if not isinstance(form, ak.forms.RegularForm | ak.forms.ListOffsetForm | ak.forms.ListForm):
            return 0
        width = form.size if isinstance(form, ak.forms.RegularForm) else 0
        form = form.content
    return int(form.inner_shape[-1]) if form.inner_shape else width


def _form(field: Any) -> Any:
    form = field.to_akform()
    form = form[0] if isinstance(form, tuple) else form
    while isinstance(form, ak.forms.RecordForm) and len(form.contents) == 1:
        form = form.contents[0]
    return form


def _values(layout: Any, name: str) -> Values:
    """Return flat values with the splits of their lists."""
    splits: list[np.ndarray] = []
    while True:
        if layout.parameter("__array__") in ("string", "bytestring"):
            return Values(np.array(ak.to_list(layout), dtype=object), tuple(splits))
        if isinstance(layout, ak.contents.RecordArray) and len(layout.contents) == 1:
            layout = layout.contents[0][: len(layout)]
        elif isinstance(layout, ak.contents.RegularArray | ak.contents.ListArray | ak.contents.ListOffsetArray):
            layout = layout.to_ListOffsetArray64(True)
            offsets = np.asarray(layout.offsets)
            splits.append(offsets.astype(np.int64))
            layout = layout.content[: int(offsets[-1])]
        elif isinstance(layout, ak.contents.NumpyArray) and len(layout.shape) > 1:
            layout = layout.to_RegularArray()
        else:
            return _flat(layout, tuple(splits), name)


def _flat(layout: Any, splits: tuple[np.ndarray, ...], name: str) -> Values:
    missing = None
    if layout.is_option:
        missing = np.asarray(layout.mask_as_bool(valid_when=False))
        layout = ak.to_layout(ak.fill_none(ak.Array(layout), 0))
    try:
        values = np.asarray(layout.to_backend_array())
    except Exception as error:
        raise DataError(f"branch {name!r} holds no numbers", "columns", "name a branch of numbers") from error
    return Values(values, splits, missing)


def _short(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).strip().rstrip(".:")
