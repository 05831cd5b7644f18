"""What must hold of object condensation whatever the events are."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.plugins.losses.object_condensation.forms import FORMS
from tests.examples import examples
from tests.plugins.losses.object_condensation.events import batch
from tests.plugins.losses.object_condensation.loss_case import LossCase, alone, permuted

USE = "object_condensation:ObjectCondensation"
PREDICTED = (
    "beta",
    "ccoords",
    "distance",
    "energy_factor",
    "energy_low_quantile",
    "energy_high_quantile",
    "position",
    "time",
    "time_uncertainty",
    "classes",
)
FORM_NAMES = [name for name in FORMS if name not in ("", "std", "hinge_full_grad")]
CASES = {
    (form, payload): LossCase(USE, implementation=form, payload=payload, use_average_cc_pos=0.2, too_much_beta_scale=1)
    for form, payload in [(form, "extended") for form in FORM_NAMES] + [("hinge", "full"), ("hinge", "uncertainty")]
}
SIZES = st.lists(st.integers(0, 25), min_size=1, max_size=4)
laws = examples(25)


@laws
@given(sizes=SIZES, seed=st.integers(0, 1000), key=st.sampled_from(list(CASES)))
def test_the_order_of_hits_within_events_does_not_matter(sizes: list[int], seed: int, key: tuple[str, str]) -> None:
    inputs = batch(sizes, seed)
    found = CASES[key](**permuted(inputs, np.random.default_rng(seed)))
    assert found == pytest.approx(CASES[key](**inputs), rel=1e-4, abs=1e-5)


@laws
@given(sizes=SIZES, seed=st.integers(0, 1000), key=st.sampled_from(list(CASES)))
def test_events_do_not_see_each_other(sizes: list[int], seed: int, key: tuple[str, str]) -> None:
    inputs = batch(sizes, seed)
    single = [CASES[key](**alone(inputs, event)) for event in range(len(sizes))]
    for name, value in CASES[key](**inputs).items():
        expected = sum(one[name] for one in single) * 1.001 / (len(sizes) + 1e-3)
        assert value == pytest.approx(expected, rel=1e-4, abs=1e-5), name


@cache
def degenerate() -> dict[str, dict[str, Any]]:
    """Return batches that break careless code."""
    one_point, noise, one_object = batch([30]), batch([30]), batch([30])
    one_point["ccoords"][:] = 1.5
    noise["truth_index"][:] = -1
    one_object["truth_index"][:] = 4
    small, large = batch([30, 20]), batch([30, 20])
    for name in ("energy", "truth_energy", "truth_rec_energy"):
        small[name][:] = 1e-9
        large[name][:] = 1e4
    beta_0, beta_1 = batch([30]), batch([30])
    beta_0["beta"][:] = 0.0
    beta_1["beta"][:] = 1.0
    certain = batch([30])
    certain["classes"] = np.tile([1.0, 0, 0, 0, 0, 0], (30, 1))
    spectators = batch([30])
    spectators["truth_spectator"][:] = 9.0
    return {
        "no event": batch([]),
        "empty events": batch([0, 20, 0]),
        "nothing but empty events": batch([0, 0]),
        "events of one hit": batch([1, 1, 1]),
        "all hits at one point": one_point,
        "noise only": noise,
        "one object only": one_object,
        "500 objects": batch([1500], objects=500),
        "far apart": {**batch([30]), "ccoords": 1e4 * batch([30])["ccoords"]},
        "energies of 1e-9 GeV": small,
        "energies of 1e4 GeV": large,
        "beta 0": beta_0,
        "beta 1": beta_1,
        "distance scale 0": {**batch([30]), "distance": np.zeros((30, 1))},
        "classes certain": certain,
        "spectators only": spectators,
    }


@pytest.mark.parametrize("name", degenerate())
@pytest.mark.parametrize("key", CASES, ids=lambda key: "-".join(key))
def test_values_and_gradients_are_finite(name: str, key: tuple[str, str]) -> None:
    inputs = degenerate()[name]
    values, gradients = CASES[key].values_and_gradients(*PREDICTED, **inputs)
    assert all(np.isfinite(value) for value in values.values())
    for port, gradient in zip(PREDICTED, gradients, strict=True):
        assert np.all(np.isfinite(gradient)), port
