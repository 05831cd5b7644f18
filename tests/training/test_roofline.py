"""The floor of a computation is the larger of two times at rates that are measured once."""

from __future__ import annotations

import pytest

from registry.training.roofline import Machine, Work


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine that moves 100 bytes and does 10 multiply-adds a second."""
    monkeypatch.setattr(Machine, "bytes_per_second", lambda self: 100.0)
    monkeypatch.setattr(Machine, "multiply_adds_per_second", lambda self, rows, inner, width: 10.0)
    return Machine()


def test_what_moves_much_takes_as_long_as_its_bytes(machine: Machine) -> None:
    assert machine.floor(Work(rows=2, inner=5, width=1, products=1, bytes=1000)) == 10.0


def test_what_multiplies_much_takes_as_long_as_its_products(machine: Machine) -> None:
    assert machine.floor(Work(rows=2, inner=125, width=1, products=2, bytes=1000)) == 50.0


def test_a_product_with_few_columns_is_expected_to_be_as_fast_as_one_with_sixty_four(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shapes = []
    monkeypatch.setattr(Machine, "bytes_per_second", lambda self: 1e30)
    monkeypatch.setattr(Machine, "multiply_adds_per_second", lambda self, *shape: shapes.append(shape) or 1.0)
    Machine().floor(Work(rows=10, inner=3000, width=4, products=1, bytes=1))
    assert shapes == [(10, 512, 64)]


def test_nothing_to_do_takes_no_time(machine: Machine) -> None:
    assert machine.floor(Work(rows=0, inner=0, width=0, products=0, bytes=0)) == 0.0


def test_a_product_of_a_shape_is_measured_once() -> None:
    machine = Machine()
    first = machine.multiply_adds_per_second(100, 8, 4)
    assert first > 0
    assert machine.multiply_adds_per_second(100, 8, 4) == first
