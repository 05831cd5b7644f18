"""`use: import:package.module:Class`: an installed Keras layer is a block, with its ports stated in the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import registry
from registry.contract.errors import InputError
from registry.loading import imported_code
from registry.wiring.fingerprints import fingerprints

LAYER = """
import keras


class Twice(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.dense = units, keras.layers.Dense(units)

    def call(self, x, scale=None):
        return 2 * self.dense(x)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
"""
GRAPH = """
name: imported
blocks:
  event: {use: showers}
  wide: {use: "import:groupnet:Twice", in: event.features, with: {units: 6, output: hits 6, ports: {x: hits features}}}
outputs: {y: wide}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    (site / "groupnet.py").write_text(LAYER)
    monkeypatch.syspath_prepend(str(site))
    return tmp_path


def loaded(folder: Path, old: str = "", new: str = "") -> registry.Graph:
    (folder / "graph.yaml").write_text(GRAPH.replace(old, new) if old else GRAPH)
    return registry.load(str(folder / "graph.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("groupnet:Twice", "groupnet:Twise", "groupnet defines no class 'Twise'; did you mean 'Twice'"),
        ("groupnet:Twice", "group_net.layers:Twice", "no module 'group_net.layers' is installed"),
        ("groupnet:Twice", "Twice", "expected `import:package.module:Class`"),
        ("output: hits 6, ", "", "output"),
        ("hits features}", "hits 3}", r"graph.yaml:5:\d+: wide: .*expected \[hits 3\]"),
        ("ports: {x:", "ports: {z:", "`ports` names 'z', which the layer does not take"),
        ("output: hits 6", "output: hits s-x", "cannot read the axis 's-x'"),
    ],
)
def test_a_wrong_use_is_an_error_at_its_place(folder: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        loaded(folder, old, new)
    assert "graph.yaml:5:" in str(caught.value)


@pytest.mark.slow
def test_the_layer_is_compiled_saved_and_loaded(folder: Path) -> None:
    from registry.training.saving import save_model

    graph = loaded(folder)
    assert graph.checked.nodes["wide"].types["x"].features == 6
    model = graph.compile().inference
    assert model is not None
    save_model(model, folder / "model.keras", {}, graph.checked)
    assert registry.load_model(str(folder / "model.keras")).count_params() == model.count_params() > 0


def test_a_width_that_is_not_the_layers_is_found_when_the_graph_is_compiled(folder: Path) -> None:
    with pytest.raises(InputError, match=r"inferred \[hits@event, 5\] float32, but Keras finds \(None, 6\)"):
        loaded(folder, "output: hits 6", "output: hits 5").compile()


def install(folder: Path, version: str, editable: bool = False) -> None:
    """Make the module one of a package, as pip does."""
    for facts in (folder / "site").glob("*.dist-info"):
        for file in facts.iterdir():
            file.unlink()
        facts.rmdir()
    facts = folder / "site" / f"groupnet-{version}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: groupnet\nVersion: {version}\n")
    (facts / "top_level.txt").write_text("groupnet\n")
    if editable:
        (facts / "direct_url.json").write_text('{"url": "file:///src", "dir_info": {"editable": true}}')
    imported_code._distributions.cache_clear()


@pytest.fixture
def code(folder: Path) -> Iterator[Callable[[], str]]:
    yield lambda: fingerprints(loaded(folder).checked).code
    imported_code._distributions.cache_clear()


def test_the_code_of_a_package_that_pip_has_not_installed_is_that_of_its_files(
    folder: Path, code: Callable[[], str]
) -> None:
    first = code()
    (folder / "site" / "groupnet.py").write_text(LAYER + "# another line\n")
    assert code() != first
    install(folder, "1.0", editable=True)
    (folder / "site" / "groupnet.py").write_text(LAYER)
    assert code() == first


def test_the_code_of_an_installed_package_is_its_version(folder: Path, code: Callable[[], str]) -> None:
    install(folder, "1.0")
    first = code()
    (folder / "site" / "groupnet.py").write_text(LAYER + "# another line\n")
    assert code() == first
    install(folder, "1.1")
    assert code() != first


def test_a_graph_without_such_a_layer_does_not_look_for_packages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported_code, "_distributions", None)
    (folder / "plain.yaml").write_text("name: plain\nblocks:\n  event: {use: showers}\noutputs: {y: event.features}\n")
    assert fingerprints(registry.load(str(folder / "plain.yaml")).checked).code
