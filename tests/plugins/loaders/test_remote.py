"""Files on servers and in archives, by fsspec; what has no driver is refused by name."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import h5py
import numpy as np
import pandas as pd
import pytest
import uproot

from registry.contract.data import DataError
from registry.plugins.loaders.arrays.block import Arrays
from registry.plugins.loaders.description.loader import TableLoader
from registry.plugins.loaders.hdf5.block import Hdf5
from registry.plugins.loaders.parquet.block import Parquet
from registry.plugins.loaders.root.block import Root
from registry.plugins.loaders.trackml.block import TrackML
from tests.servers import free_port

LOADERS: dict[str, type[TableLoader]] = {"npz": Arrays, "parquet": Parquet, "h5": Hdf5, "root": Root}
HITS = {"event": np.repeat(np.arange(8), 5), "e": np.arange(40.0), "id": np.arange(40) % 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same hits in every format, beside each other and in a store in memory."""
    made = tmp_path_factory.mktemp("remote")
    np.savez(made / "hits.npz", **HITS)
    pd.DataFrame(HITS).to_parquet(made / "hits.parquet")
    with h5py.File(made / "hits.h5", "w") as file:
        for name, values in HITS.items():
            file[name] = values
    with uproot.recreate(made / "hits.root") as file:
        file["hits"] = HITS
    memory = fsspec.filesystem("memory")
    for path in made.iterdir():
        memory.pipe(f"/store/{path.name}", path.read_bytes())
    with zipfile.ZipFile(made / "all.zip", "w") as archive:
        archive.write(made / "hits.parquet", "inside/hits.parquet")
    yield made
    memory.rm("/store", recursive=True)


def block(use: type[TableLoader], file: str | list[str], **options: Any) -> TableLoader:
    columns = {"features": ["e"], "truth_index": "id"}
    split = {"train": 1.0, "validation": 0.0, "test": 0.0, "seed": None}
    return use(use.Params(file=file, event={"id": "event"}, columns=columns, split=split, **options))


def features(made: TableLoader) -> list[float]:
    assert not list(made.check())
    found: list[float] = made.open(1).read("train", np.arange(8), None)["features"][:, 0].tolist()
    return found


@pytest.mark.parametrize("ending", list(LOADERS))
def test_a_file_at_an_address_is_read_as_one_on_the_disk(folder, ending):
    for address in (f"memory://store/hits.{ending}", f"file://{folder}/hits.{ending}", f"memory://store/*.{ending}"):
        assert features(block(LOADERS[ending], address)) == HITS["e"].tolist()


def test_a_file_may_lie_in_an_archive(folder):
    address = f"zip://inside/hits.parquet::file://{folder}/all.zip"
    made = block(Parquet, address)
    assert features(made) == HITS["e"].tolist()
    assert made.open(1).describe("train", 3) == "hits.parquet event 3"


def test_a_remote_file_is_known_by_its_contents_and_kept_in_the_cache(folder, tmp_path):
    memory = fsspec.filesystem("memory")
    memory.pipe("/store/changing.parquet", (folder / "hits.parquet").read_bytes())
    made = block(Parquet, "memory://store/changing.parquet", cache=str(tmp_path / "kept"))
    first = made.open(1).fingerprint()
    assert "1 files read" in made.open(1).notes[-1]
    pd.DataFrame({**HITS, "e": HITS["e"] + 1}).to_parquet(tmp_path / "other.parquet")
    memory.pipe("/store/changing.parquet", (tmp_path / "other.parquet").read_bytes())
    assert made.open(1).fingerprint() != first


@pytest.mark.parametrize(
    ("use", "address", "message", "hint"),
    [
        (Parquet, "memory://store/none.parquet", "'memory://store/none.parquet' does not exist", ""),
        (Parquet, "memory://store/*.pq", "no file matches 'memory://store/\\*.pq'", ""),
        (Parquet, "nowhere://a/b.parquet", "files of nowhere:// are not read", "copy or mount it"),
        (TrackML, "memory://store/hits.npz", "loader 'trackml' reads local files", "copy or mount it"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(folder, use, address, message, hint):
    with pytest.raises(DataError, match=message) as refused:
        block(use, address).open(1)
    assert hint in refused.value.hint


@pytest.mark.skipif(importlib.util.find_spec("fsspec_xrootd") is not None, reason="the driver of root:// is installed")
def test_a_missing_driver_names_what_installs_it():
    with pytest.raises(DataError, match="what reads root:// is not installed") as refused:
        block(Root, "root://eos.example//store/hits.root").open(1)
    assert refused.value.hint == "pip install 'registry[xrootd]'"


def test_a_server_that_cannot_be_asked_is_not_taken_for_a_file_that_is_gone(folder, monkeypatch):
    source = block(Parquet, "memory://store/hits.parquet", memory=0.0001).open(1)
    source._chunks._kept.clear()

    def unreachable(*_: Any, **__: Any) -> Any:
        raise TimeoutError("no answer in 30 s")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "info", unreachable)
    with pytest.raises(DataError, match="cannot be read: no answer in 30 s"):
        source.read("train", np.array([0]), None)


@pytest.fixture
def pages(folder: Path) -> Iterator[str]:
    """The address of a server of web pages over the folder."""
    pytest.importorskip("aiohttp")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_web_server_without_the_file_is_told_from_one_that_is_not_reached(pages):
    with pytest.raises(DataError, match=r"/none.parquet' does not exist"):
        block(Parquet, f"{pages}/none.parquet").open(1)
    with pytest.raises(DataError, match=r"/hits.parquet' cannot be read: .*[Cc]onnect") as refused:
        block(Parquet, f"http://127.0.0.1:{free_port()}/hits.parquet").open(1)
    assert refused.value.hint == "is the server reached from here?"


def test_a_folder_is_no_file_and_a_misspelt_kind_of_address_has_a_nearest_one(folder):
    with pytest.raises(DataError, match="'memory://store' is a folder") as refused:
        block(Parquet, "memory://store").open(1)
    assert refused.value.hint == "name its files by a pattern, memory://store/*"
    with pytest.raises(DataError, match="files of memmory:// are not read") as refused:
        block(Parquet, "memmory://store/hits.parquet").open(1)
    assert refused.value.hint == "did you mean 'memory'?"


@pytest.fixture
def xrootd(folder: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a server of XRootD over the folder."""
    pytest.importorskip("fsspec_xrootd", reason="the driver of root:// is not installed")
    program = shutil.which("xrootd")
    if program is None:
        pytest.skip("the server of XRootD is not installed")
    made = Path(tempfile.mkdtemp(prefix="xrd"))
    shutil.copytree(folder, made / "data" / "store")
    (made / "admin").mkdir()
    port, admin = free_port(), made / "admin"
    lines = [f"xrd.port {port}", "all.export /store", f"oss.localroot {made}/data", f"all.adminpath {admin}"]
    (made / "x.cfg").write_text("\n".join([*lines, f"all.pidpath {admin}"]) + "\n")
    for path in (made, *made.rglob("*")):
        path.chmod(0o777)
    # It does not run as the administrator of the machine.
    user = ["-R", "nobody"] if os.getuid() == 0 else []
    command = [program, *user, "-c", str(made / "x.cfg"), "-l", str(admin / "log")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield f"root://127.0.0.1:{port}/"
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree(made)


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server of XRootD does not answer")


def test_files_of_an_xrootd_server_are_read_and_what_is_not_there_is_named(xrootd):
    for ending, use in LOADERS.items():
        for name in (f"hits.{ending}", f"h*.{ending}"):
            assert features(block(use, f"{xrootd}/store/{name}")) == HITS["e"].tolist()
    for name, message in (("none.root", "does not exist"), ("none*.root", "no file matches"), ("", "is a folder")):
        with pytest.raises(DataError, match=message):
            block(Root, f"{xrootd}/store/{name}").open(1)
    with pytest.raises(DataError, match="cannot be read"):
        block(Root, f"root://127.0.0.1:{free_port()}//store/*.root").open(1)
