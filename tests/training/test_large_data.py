"""Memory is bounded by what a description says and by a few batches, whatever the size of the data."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.helpers import environment

ALLOWED = 64 * 2**20
"""Bytes beyond those that TensorFlow, Python and the training of a few events map."""

HITS, FEATURES = 500, 60
GRAPH = f"""
name: large
config: options.yaml
blocks:
  event:
    use: parquet
    with:
      file: "*.parquet"
      memory: 8
      workers: 1
      split: {{train: 0.98, validation: 0.01, test: 0.01}}
      columns:
        features: [{", ".join(f"c{number}" for number in range(FEATURES))}]
        energy: c0
        coordinates: [c1, c2, c3]
        truth_index: id
  h: {{use: dense_loop, in: event.features, with: {{units: [4]}}}}
  beta: {{use: dense_loop, in: h, with: {{units: [1], activation: sigmoid}}}}
  ccoords: {{use: dense_loop, in: h, with: {{units: [2]}}}}
  loss: {{use: basic_object_condensation, in: {{"*": event, beta: beta, ccoords: ccoords}}}}
outputs: {{beta: beta, ccoords: ccoords, row_splits: event.row_splits}}
"""
OPTIONS = """
General: {seed: 3, experiment: large, tracker: folder}
Training: [{batch_size: 5000, learning_rate: 1.0e-2, steps: 8}]
"""
SCRIPT = """
import json, resource, sys
limit = int(sys.argv[1])
if limit:
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
from registry.train import main
status = main(["large.yaml"])
mapped = next(line for line in open("/proc/self/status") if line.startswith("VmPeak"))
print(json.dumps([status, int(mapped.split()[1]) * 1024]))
"""


def train(folder: Path, events: int, limit: int) -> list[int]:
    """Train in a folder of its own under `ulimit -v`; return the exit status and the bytes that were mapped."""
    folder.mkdir()
    (folder / "large.yaml").write_text(GRAPH)
    (folder / "options.yaml").write_text(OPTIONS)
    random = np.random.default_rng(0)
    columns = {f"c{n}": np.tile(random.exponential(size=HITS).astype(np.float32), events) for n in range(FEATURES)}
    columns["id"] = np.tile(random.integers(0, 5, HITS), events)
    splits = np.arange(0, events * HITS + 1, HITS, dtype=np.int32)
    lists = {name: pa.ListArray.from_arrays(splits, pa.array(values)) for name, values in columns.items()}
    pq.write_table(pa.table(lists), folder / "hits.parquet", row_group_size=50, compression="zstd")
    del columns, lists
    command = [sys.executable, "-c", SCRIPT, str(limit)]
    # Each thread's arena of malloc would reserve 64 MiB of addresses, Arrow's own allocator a GiB and what it frees.
    plain = environment(MALLOC_ARENA_MAX="1", ARROW_DEFAULT_MEMORY_POOL="system")
    done = subprocess.run(command, cwd=folder, env=plain, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr[-2000:]
    return list(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_data_of_ten_times_the_memory_that_is_allowed_are_trained_on(tmp_path):
    # How many threads are started, each with its stack, depends on which of TensorFlow's come to call a kernel.
    tries = [train(tmp_path / f"few_{number}", 200, 0) for number in range(2)]
    assert [status for status, _ in tries] == [0, 0]
    base = max(mapped for _, mapped in tries)
    a_hit = 4 * (FEATURES + 1 + 3 + 1 + 1)
    events = 10 * ALLOWED // (a_hit * HITS)
    assert train(tmp_path / "many", events, base + ALLOWED)[0] == 0
