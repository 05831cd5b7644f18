"""Suggestions are made where a known word is near."""

from __future__ import annotations

import pytest

from registry.contract.spelling import nearest_word


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("units", ["noise"], ""),
        ("lr", ["learning_rate"], ""),
        ("x", ["y"], ""),
        ("dense_lop", ["dense_loop", "dense"], "dense_loop"),
        ("dense", ["dense_loop", "noise"], "dense_loop"),
        ("beta_scale", ["beta_loss_scale"], "beta_loss_scale"),
        ("weigths", ["weights", "heights"], "weights"),
        ("BatchSize", ["batch_size"], "batch_size"),
    ],
)
def test_only_a_word_that_is_near_is_suggested(word: str, known: list[str], near: str) -> None:
    assert nearest_word(word, known) == near
