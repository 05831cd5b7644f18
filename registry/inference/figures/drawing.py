"""How figures are drawn: in the field's style, with colours that everyone can tell apart."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Draw = Callable[[], "Figure"]

COLOURS = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
"""Can be told apart by everyone (M. Petroff, arXiv:2107.02270), one for each way of clustering."""

MARKERS = "osD^vP"


@contextmanager
def style() -> Iterator[None]:
    """Draw as the field does, without a screen."""
    import matplotlib

    matplotlib.use("agg", force=False)
    # The fonts of the style are looked for in several weights, of which some are missing everywhere.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    import mplhep
    from matplotlib import pyplot

    # Minor ticks are most of the time that a figure takes.
    minor = {f"{axis}tick.minor.visible": False for axis in "xy"} | {"xtick.top": False, "ytick.right": False}
    own = {"figure.autolayout": False, "font.size": 12, "legend.frameon": False, **minor}
    with pyplot.style.context([mplhep.style.ROOT, own]):
        yield


def one_panel(figure: Figure) -> Axes:
    """Return the one panel of a figure, with room for its labels."""
    panel: Axes = figure.subplots()
    figure.subplots_adjust(left=0.16, right=0.96, bottom=0.16, top=0.95)
    return panel
