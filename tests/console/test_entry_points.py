"""Entry points are those that Python itself finds."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from registry.console.entry_points import entry_points


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of installed packages that Python searches last."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    return tmp_path


def install(site: Path, facts: str, text: str) -> None:
    """Put the metadata of a package into a folder of installed ones."""
    (site / facts).mkdir()
    (site / facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {facts.partition('-')[0]}\nVersion: 1.0\n")
    (site / facts / "entry_points.txt").write_text(text)


def standard(group: str) -> list[tuple[str, str, str]]:
    """Return what Python's own library finds: names, values, folders."""
    found = metadata.entry_points(group=group)
    return sorted((point.name, point.value, str(point.dist.locate_file("")) if point.dist else "") for point in found)


def ours(group: str) -> list[tuple[str, str, str]]:
    """Return what is found here."""
    return [(point.name, point.value, str(point.folder)) for point in entry_points(group)]


@pytest.mark.parametrize("group", ["console_scripts", "pytest11", "registry.plugins"])
def test_the_entry_points_of_this_environment_are_all_found(group: str) -> None:
    assert ours(group) == standard(group)
    assert ours(group)


def test_each_form_of_a_file_is_read_as_python_reads_it(site: Path) -> None:
    text = "# a comment\n[other]\nx = y\n\n[a.group]\none=pack.age\n two = pack.age:Class [extra]\n[a.group2]\nz = z\n"
    install(site, "first-1.0.dist-info", text)
    install(site, "second.egg-info", "[a.group]\nthree = pack\n")
    assert ours("a.group") == standard("a.group")
    assert [name for name, *_ in ours("a.group")] == ["one", "three", "two"]


def test_of_a_package_that_is_there_twice_the_first_counts(
    site: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("later")
    sys.path.append(str(other))
    install(site, "my_package-2.0.dist-info", "[b.group]\nnew = new\n")
    install(other, "My.Package-1.0.dist-info", "[b.group]\nold = old\n")
    assert ours("b.group") == standard("b.group") == [("new", "new", str(site))]


def test_an_entry_point_loads_what_it_names_and_knows_its_package(site: Path) -> None:
    install(site, "loaded-3.1.dist-info", "[c.group]\nname = os:path.join\n")
    (point,) = entry_points("c.group")
    import os.path

    assert point.load() is os.path.join
    assert point.dist is not None
    assert point.dist.version == "1.0"


def test_packages_in_an_archive_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import zipfile

    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("packed-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: packed\nVersion: 1.0\n")
        file.writestr("packed-1.0.dist-info/entry_points.txt", "[d.group]\npacked = packed\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(archive)])
    assert [point.name for point in entry_points("d.group")] == ["packed"]
