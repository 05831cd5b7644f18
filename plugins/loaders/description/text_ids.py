"""Ids of objects that are texts: equal texts become equal whole numbers, in whichever file and table they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from registry.contract.data import DataError
from registry.plugins.loaders.identifiers import NOISE, whole_ids

TEXTS = "OUS"
"""Kinds of dtype that texts have."""

_FIRST = 2**62
"""From here on lie the numbers of texts that are no number themselves."""


def object_ids(values: np.ndarray, name: str, parameter: str, where: Callable[[int], str]) -> np.ndarray:
    """Return ids as whole numbers, those of texts by `number_of`.

    Raises DataError for floats that are no whole numbers (see `whole_ids`), for what is neither text nor number, and
    for two texts that have the same number.
    """
    if values.dtype.kind not in TEXTS:
        return whole_ids(values, name, parameter, where)
    texts = [value.decode(errors="replace") if isinstance(value, bytes) else value for value in values.tolist()]
    wrong = next((row for row, text in enumerate(texts) if text is not None and not isinstance(text, str)), None)
    if wrong is not None:
        message = f"column {name!r} is {texts[wrong]!r} in {where(wrong)}: expected whole numbers, or texts"
        raise DataError(message, parameter, "write ids of one kind")
    numbers: dict[str, int] = {text: number_of(text) for text in {text or "" for text in texts}}
    if len(set(numbers.values())) < len(numbers):
        raise DataError(f"column {name!r}: two texts have the same number", parameter, "write ids as whole numbers")
    dtype = np.uint64 if max(numbers.values(), default=0) >= 2**63 else np.int64
    if dtype is np.uint64 and min(numbers.values()) < 0:
        message = f"column {name!r} has texts of numbers above 2^63 beside empty ones, or numbers below 0"
        raise DataError(message, parameter, "write ids as whole numbers of one type")
    return np.fromiter((numbers[text or ""] for text in texts), dtype, len(texts))


def number_of(text: str) -> int:
    """Return the whole number that a text is, "17", or else one that is made of it; an empty text means nobody, -1."""
    if not text:
        return NOISE
    plain = text.removeprefix("-")
    if plain.isascii() and plain.isdigit() and str(int(text)) == text and -(2**63) <= int(text) < 2**64:
        return int(text)
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return _FIRST + (int.from_bytes(digest, "big") >> 2)
