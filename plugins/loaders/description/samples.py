"""Whether files say which sample an event is from: nothing that is measured of all events needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from registry.contract.data import DataError
from registry.plugins.loaders.description.addresses import find_files
from registry.plugins.loaders.description.columns import columns_of
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.table import Table
from registry.plugins.shared.expression_grammar import OBJECT


def of_one_sample(params: TableParams, opened: Callable[[str, str], Table], endings: Sequence[str]) -> str | None:
    """Return which column of hits, of those that `columns.sample` is made of, no file has.

    None if no sample is named, a file has all its columns, or one cannot be opened, which is said when it is read.
    """
    text, lacking = params.columns.sample, None
    if text is None:
        return None
    try:
        for file in find_files(params.files, endings, params.published):
            table = opened(file, params.table)
            names = [name for name in columns_of(text, table.types) if not name.startswith(f"{OBJECT}.")]
            gone = [name for name in names if name not in table.types]
            if not gone:
                return None
            lacking = lacking or f"{table.name} has no column {gone[0]!r}"
    except DataError:
        return None
    return lacking
