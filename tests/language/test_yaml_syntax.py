"""Text to nodes: the quick reader and the exact one are one."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from registry.language import yaml_syntax
from tests.conftest import ROOT
from tests.errors.mutations import CHARACTERS, SHIPPED


def outcome(loader: Any) -> Any:
    """Return the nodes with their places, or that there is an error."""
    try:
        return plain(loader.get_single_node())
    except yaml.YAMLError:
        return "refused"


def plain(node: Any) -> Any:
    if isinstance(node, list | tuple):
        return [plain(item) for item in node]
    if isinstance(node, yaml_syntax.YamlAlias):
        return ["alias", place(node.start_mark)]
    if not isinstance(node, yaml.Node):
        return node
    return [type(node).__name__, node.tag, getattr(node, "style", None), place(node.start_mark), plain(node.value)]


def place(mark: Any) -> tuple[int, int]:
    return mark.line, mark.column


def both(text: str) -> tuple[Any, Any]:
    quick = yaml_syntax._quick_loader(text)
    assert quick is not None
    return outcome(quick), outcome(yaml_syntax._Loader(text))


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml")
@pytest.mark.parametrize("file", SHIPPED)
def test_libyaml_and_pyyaml_read_every_shipped_file_alike(file: str) -> None:
    quick, exact = both((ROOT / file).read_text())
    assert quick == exact != "refused"


SPOILT = (ROOT / "configs/gravnet.yaml").read_text()


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml")
@given(st.integers(0, len(SPOILT) - 1), st.text(CHARACTERS, max_size=3), st.integers(0, 3))
def test_what_libyaml_reads_of_a_spoilt_file_pyyaml_reads_alike(at: int, written: str, removed: int) -> None:
    start = max(0, at - 300)
    text = SPOILT[start:at] + written + SPOILT[at + removed : at + 300]
    try:
        quick, exact = both(text)
    except yaml.reader.ReaderError:
        return
    assert quick in (exact, "refused")
