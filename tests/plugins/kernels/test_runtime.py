"""Choice of implementation, threads, forks, and what a graph shares."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
import tensorflow as tf
from numba.core.caching import IndexDataCacheFile
from numba.core.dispatcher import Dispatcher

from registry.plugins.kernels import (
    aggregate,
    column_sums,
    dispatch,
    nearest_neighbours,
    normalise,
    repulsion_sums,
)
from registry.plugins.kernels.compiled import runtime, usual
from registry.plugins.kernels.compiled.neighbours import find


@pytest.fixture
def compiled_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(dispatch.ENVIRONMENT_VARIABLE, "numba")


def test_a_machine_without_a_gpu_uses_numba_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(dispatch.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    assert dispatch.implementation() == "numba"
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    assert dispatch.implementation() == "tensorflow"


def test_the_environment_variable_wins_over_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    monkeypatch.setenv(dispatch.ENVIRONMENT_VARIABLE, "tensorflow")
    assert dispatch.implementation() == "tensorflow"


def test_an_unknown_implementation_is_an_error_that_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(dispatch.ENVIRONMENT_VARIABLE, "cuda")
    with pytest.raises(ValueError, match="REGISTRY_KERNELS: expected one of auto, numba, tensorflow; received 'cuda'"):
        dispatch.implementation()


def test_threads_may_search_at_the_same_time(random: np.random.Generator) -> None:
    x, splits = random.normal(size=(3000, 3)).astype(np.float32), np.array([0, 3000], np.int32)
    expected = find(x, splits, 16)[0]
    found: list[Any] = [None] * 4

    def work(place: int) -> None:
        for _ in range(5):
            found[place] = find(x, splits, 16)[0]

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for indices in found:
        np.testing.assert_array_equal(indices, expected)


def _search_in_child(x: np.ndarray, queue: Any) -> None:
    queue.put(find(x, np.array([0, len(x)], np.int32), 16)[0])


def test_a_forked_process_may_search_too(random: np.random.Generator) -> None:
    x = random.normal(size=(3000, 3)).astype(np.float32)
    expected = find(x, np.array([0, 3000], np.int32), 16)[0]
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_search_in_child, args=(x, queue))
    child.start()
    np.testing.assert_array_equal(queue.get(timeout=60), expected)
    child.join(timeout=60)
    assert child.exitcode == 0
    np.testing.assert_array_equal(find(x, np.array([0, 3000], np.int32), 16)[0], expected)


def test_a_data_pipeline_may_search_in_parallel(compiled_kernels: None, random: np.random.Generator) -> None:
    x = tf.constant(random.normal(size=(8, 500, 3)), tf.float32)
    pipeline = tf.data.Dataset.from_tensor_slices(x)
    found = list(pipeline.map(lambda hits: nearest_neighbours(hits, [0, 500], 8)[0], num_parallel_calls=4).prefetch(2))
    for hits, indices in zip(x, found, strict=True):
        np.testing.assert_array_equal(indices, nearest_neighbours(hits, [0, 500], 8)[0])


def test_aggregations_over_one_search_reverse_it_once(compiled_kernels: None) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None, 3])])
    def gradient(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            indices, distances = nearest_neighbours(x, [0, tf.shape(x)[0]], 5)
            features = x
            for _ in range(3):
                features = aggregate(features, distances, indices)
            loss = tf.reduce_sum(features)
        return tape.gradient(loss, x)

    operations = gradient.get_concrete_function().graph.get_operations()
    reversals = [
        operation
        for operation in operations
        if operation.type.startswith("PyFunc")
        and [output.dtype for output in operation.outputs] == [tf.int64, tf.uint32]
    ]
    assert len(reversals) == 1


def test_compiling_is_announced_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Any
) -> None:
    from registry.plugins.kernels.compiled import runtime

    class Kernel:
        signatures: list[Any] = []

        def __call__(self) -> int:
            return 1

    monkeypatch.setattr(runtime, "_announced", False)
    monkeypatch.setattr(runtime, "cache_folder", lambda kernel: tmp_path)
    assert runtime.run(Kernel()) == runtime.run(Kernel()) == 1
    assert [record.message for record in caplog.records if "compiling" in record.message] == [
        "compiling kernels (about 8 s, once per machine)"
    ]


def _double(x: np.ndarray) -> np.ndarray:
    return x * 2.0


def _no_folder(dispatcher: Any) -> None:
    raise RuntimeError("cannot cache function '_double': no locator available for file 'x.py'")


def _full_disk(index: Any) -> None:
    raise OSError(28, "No space left on device")


def test_without_a_folder_for_compiled_code_kernels_are_compiled_and_that_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runtime._announce_no_cache.cache_clear()
    monkeypatch.setattr(Dispatcher, "enable_caching", _no_folder)
    for _ in range(2):
        np.testing.assert_array_equal(runtime.run(runtime.compiled(_double), np.ones(2)), [2.0, 2.0])
    said = [record.getMessage() for record in caplog.records if "cannot be kept" in record.getMessage()]
    assert len(said) == 1
    assert "NUMBA_CACHE_DIR" in said[0]


def test_compiled_code_that_a_full_disk_does_not_take_is_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    runtime._announce_no_cache.cache_clear()
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(IndexDataCacheFile, "save", lambda self, key, data: _full_disk(key))
    np.testing.assert_array_equal(runtime.run(runtime.compiled(_double), np.ones(2)), [2.0, 2.0])
    assert "No space left on device" in caplog.text


def test_kernels_are_compiled_beforehand_for_the_types_that_a_training_calls_them_with(
    compiled_kernels: None, random: np.random.Generator
) -> None:
    @tf.function(input_signature=[tf.TensorSpec([None, 3])])
    def gradient(x: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            indices, distances = nearest_neighbours(x, [0, tf.shape(x)[0]], 5)
            features = aggregate(x, tf.exp(-distances), indices)
            features = aggregate(features, tf.exp(-distances), indices, maximum=False)
            _, mean, scale = column_sums(features, features[:1])
            features = normalise(features, mean, scale, mean, mean)
            objects = tf.range(tf.shape(x)[0]) % 3
            repulsion = repulsion_sums(
                x, x[:, 0] ** 2, x[:3], tf.ones([3]), objects, tf.zeros_like(objects), tf.constant([0, 3])
            )
            loss = tf.reduce_sum(features) + tf.reduce_sum(repulsion)
        return tape.gradient(loss, x)

    gradient(tf.constant(random.normal(size=(40, 3)), tf.float32))
    kernels = {name: usual.kernel(name) for name in usual.TYPES}
    assert not [name for name, kernel in kernels.items() if usual.TYPES[name] not in kernel.signatures]
