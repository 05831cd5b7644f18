"""Sizes of events, as hypothesis draws them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st


@st.composite
def event_sizes(draw: st.DrawFn) -> list[int]:
    """Sizes of one to four events: empty ones, single hits, fewer hits than neighbours, and more."""
    return draw(st.lists(st.sampled_from([0, 1, 2, 3, 5, 12, 30]), min_size=1, max_size=4))


def splits(sizes: list[int]) -> np.ndarray:
    """Return the row splits of events of these sizes."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype("int32")
