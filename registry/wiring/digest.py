"""Short hashes of what is compared: the same wherever and whenever they are computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

LENGTH = 16
"""Hexadecimal digits of a fingerprint."""


def digest(content: Any) -> str:
    """Return the hash of numbers, texts, lists and mappings; the order of keys makes no difference."""
    text = json.dumps(_canonical(content), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _canonical(value: Any) -> Any:
    """Return a value in which numbers that are equal look equal, whole or not."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    return value
