"""Kernels that are optimised and translated in one piece with their parts."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from registry.plugins.kernels.compiled import linking, runtime


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))


def _kernel() -> tuple[Any, Any]:
    """Return a kernel that sums squares on several threads, and its part."""
    part = runtime.inner(allocates=False)(lambda x: x * x)

    def sums(values: np.ndarray, result: np.ndarray) -> None:
        for row in numba.prange(values.shape[0]):
            for value in values[row]:
                result[row] += part(value)

    return runtime.compiled(sums, parallel=True), part


def _sums(kernel: Any) -> np.ndarray:
    result = np.zeros(2)
    runtime.run(kernel, np.array([[1.0, 2.0], [3.0, 4.0]]), result)
    return result


def test_a_part_is_only_linked_into_its_kernel() -> None:
    kernel, part = _kernel()
    np.testing.assert_array_equal(_sums(kernel), [5.0, 25.0])
    (compiled,) = part.overloads.values()
    assert compiled.library._is_part
    assert not next(iter(kernel.overloads.values())).library._is_part


def test_functions_that_are_no_kernels_are_compiled_as_numba_does() -> None:
    _sums(_kernel()[0])
    double = numba.njit(lambda x: 2 * x)
    assert double(3) == 6
    assert type(next(iter(double.overloads.values())).library) is linking.JITCodeLibrary


def test_with_another_numba_parts_are_compiled_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linking, "_is_as_expected", lambda generator: False)
    kernel, part = _kernel()
    np.testing.assert_array_equal(_sums(kernel), [5.0, 25.0])
    (compiled,) = part.overloads.values()
    assert type(compiled.library) is linking.JITCodeLibrary


def test_a_kernel_may_call_another_one() -> None:
    kernel, _ = _kernel()

    def twice(values: np.ndarray, result: np.ndarray) -> None:
        kernel(values, result)
        kernel(values, result)

    np.testing.assert_array_equal(_sums(runtime.compiled(twice)), [10.0, 50.0])
