"""Records in lists of variable length, whose fields are columns."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np


def field_type(dtype: np.dtype, field: str | None) -> np.dtype:
    """Return the dtype of a field of records, or of lists of records; the dtype itself if none is named."""
    if field is None:
        return dtype
    records = h5py.check_vlen_dtype(dtype)
    return dtype[field] if records is None else h5py.vlen_dtype(records[field])


def fields_of(dtype: np.dtype) -> tuple[str, ...]:
    """Return the fields of lists of records, none of anything else."""
    return getattr(h5py.check_vlen_dtype(dtype), "names", None) or ()


def read_records(dataset: Any, start: int, stop: int) -> np.ndarray:
    """Return lists of records; h5py does not read an empty one."""
    made = np.empty(stop - start, object)
    for number in range(stop - start):
        try:
            made[number] = dataset[start + number]
        except ValueError as error:
            if "NULL" not in str(error):
                raise
            made[number] = np.zeros(0, h5py.check_vlen_dtype(dataset.dtype))
    return made


def of_records(lists: np.ndarray, field: str) -> np.ndarray:
    """Return a field of lists of records, a list each."""
    made = np.empty(len(lists), object)
    for number, records in enumerate(lists):
        made[number] = records[field]
    return made
