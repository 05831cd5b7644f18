"""What of a run's metrics is recorded, and what a run that is resumed has recorded before."""

from __future__ import annotations

from pathlib import Path

from registry.training.history import History


def recorded(history: History, *values: dict[str, float]) -> list[tuple[int, str, float]]:
    """Log metrics at the steps 10, 20, ...; return what trackers are given."""
    found = [record for number, value in enumerate(values, 1) for record in history.append(value, 10 * number)]
    return [(record.step, name, value) for record in found for name, value in record.metrics.items()]


def test_a_term_that_an_option_has_switched_off_is_left_out(tmp_path: Path) -> None:
    logged = recorded(History(tmp_path), {"train/loss": 2.0, "train/loss.time": 0.0}, {"validation/loss.time": 0.0})
    assert logged == [(10, "train/loss", 2.0)]


def test_the_zeros_of_a_term_that_begins_to_count_come_with_its_first_value(tmp_path: Path) -> None:
    logged = recorded(History(tmp_path), *({"train/loss.time": value} for value in (0.0, 0.0, 0.5, 0.0)))
    assert logged == [(step, "train/loss.time", value) for step, value in ((10, 0.0), (20, 0.0), (30, 0.5), (40, 0.0))]


def test_a_figure_of_a_monitor_and_the_whole_loss_are_recorded_where_they_are_zero(tmp_path: Path) -> None:
    logged = recorded(History(tmp_path), {"clusters/efficiency": 0.0, "train/loss": 0.0, "epoch/waiting_for_data": 0.0})
    assert len(logged) == 3


def test_what_a_monitor_finds_only_where_something_is_wrong_is_left_out_until_then(tmp_path: Path) -> None:
    found = [{"net/dead_units/one": value, "net/dead_units/two": 0.0} for value in (0.0, 0.25, 0.0)]
    logged = recorded(History(tmp_path, ["net/dead_units/*"]), *found)
    assert logged == [(step, "net/dead_units/one", value) for step, value in ((10, 0.0), (20, 0.25), (30, 0.0))]


def test_penalties_on_weights_that_have_none_are_left_out(tmp_path: Path) -> None:
    assert not recorded(History(tmp_path), {f"{part}/regularisation": 0.0 for part in ("train", "epoch", "validation")})


def test_a_resumed_run_knows_which_terms_were_zero_and_what_was_recorded(tmp_path: Path) -> None:
    recorded(History(tmp_path), {"train/loss": 1.0, "train/loss.time": 0.0}, {"train/loss": 0.5}, {"train/loss": 0.1})
    again = History(tmp_path)
    kept = again.go_on_from(2)
    assert kept is not None
    assert [(record.step, dict(record.metrics)) for record in kept] == [
        (10, {"train/loss": 1.0}),
        (20, {"train/loss": 0.5}),
    ]
    assert [record.step for record in again.append({"train/loss.time": 0.3}, 30)] == [10, 30]
