"""A block that says it is sound in 16 bits gives nearly what it gives in 32, with finite gradients."""

from __future__ import annotations

import numpy as np

from registry.testing.broken import Broken
from registry.testing.law import PARTS, law
from registry.testing.subject import Subject

SIZES = [12, 3]
OFF = 0.05
"""How far values of 16 bits, 8 of them of the mantissa, may be off after some sums, of the largest."""


def _unless(subject: Subject) -> str:
    return "" if subject.block.mixed else "it computes in 32 bits always (`mixed` is False)"


@law(
    "mixed precision",
    PARTS,
    "compute in the dtype of the inputs, but sums and differences of large numbers in 32 bits; or leave `mixed` False",
    those="and says that it is `mixed`",
    unless=_unless,
)
def check(subject: Subject) -> None:
    """Run the same weights in 16 bits."""
    import keras

    values, run = subject.values(SIZES), subject.new()
    expected = run(values)
    weights = run.layer.get_weights()
    narrow = subject.new()
    narrow(values)
    narrow.layer.set_weights(weights)
    for part in narrow.layer._flatten_layers():
        part.dtype_policy = keras.DTypePolicy("mixed_bfloat16")
    for port, value in narrow(values).items():
        if subject.block.mixed is True and expected[port].dtype == np.float32 and value.dtype == np.float32:
            raise Broken(f"{port!r} in 16 bits, as `mixed` says", value.dtype)
        wide, found = expected[port], value.astype("float32" if value.dtype.kind not in "iub" else value.dtype)
        scale = float(np.abs(wide).max(initial=1e-6))
        if not np.isfinite(found).all() or float(np.abs(found - wide).max(initial=0)) > OFF * scale:
            raise Broken(
                f"{port!r} within {OFF:.0%} of {scale:g} of what 32 bits give", float(np.abs(found - wide).max())
            )
    _, by_input, by_weight = narrow.gradients(values, training=True)
    for path, gradient in {**by_input, **by_weight}.items():
        if gradient is not None and not np.isfinite(gradient.astype("float32")).all():
            raise Broken(f"a finite gradient by {path!r} in 16 bits", "nan or inf")
