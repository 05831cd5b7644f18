"""The known word that a misspelt one is probably meant to be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable


def nearest_word(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known word that is nearest to a misspelt one, or an empty string if none is near."""
    choices = [str(choice) for choice in known]
    lowered = {choice.lower(): choice for choice in choices}
    found = difflib.get_close_matches(word.lower(), list(lowered), n=3, cutoff=cutoff)
    near = next((choice for choice in found if _is_near(word.lower(), choice)), "")
    return lowered[near] if near else ""


def _is_near(word: str, choice: str) -> bool:
    """Say whether two words of many equal letters are one word misspelt: few edits, or one is a part of the other.

    "noise" and "units" share letters in the same order, and nothing else.
    """
    shorter, longer = sorted((word, choice), key=len)
    parts = set(re.split(r"[^a-z0-9]+", longer))
    if len(shorter) > 2 and (longer.startswith(shorter) or set(re.split(r"[^a-z0-9]+", shorter)) <= parts):
        return True
    return _edits(word, choice) <= max(1, len(longer) // 3)


def _edits(first: str, second: str) -> int:
    """Return how many letters have to be changed, added, removed or swapped with their neighbour."""
    above: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        before, above, row = above, row, [i]
        for j, other in enumerate(second, 1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != other)))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                row[j] = min(row[j], before[j - 2] + 1)
    return row[-1]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the nearest known word, or an empty string."""
    near = nearest_word(word, known)
    return f"did you mean {near!r}?" if near else ""
