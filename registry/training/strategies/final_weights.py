"""Which weights the saved model has."""

from __future__ import annotations

from registry.training.run import Run
from registry.training.strategies.averaging import Averaging
from registry.training.strategies.keeping_best import KeepBest


def final_weights(run: Run, best: KeepBest, averaging: Averaging) -> str:
    """Give the network the weights that its saved model is to have, say and return which they are.

    They are the best ones, where a stage has kept them; else the average, where the last stage makes one; else the last
    ones, of which nothing is said.
    """
    if best.values:
        best.apply()
        text = best.text()
    elif averaging.active:
        averaging.apply()
        text = f"average at step {run.step}"
    else:
        return f"last, at step {run.step}"
    # The average has been put in, or is no longer meant.
    averaging.active = False
    run.progress.line(f"the model has these weights: {text}")
    return text
