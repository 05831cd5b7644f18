"""The built-in blocks are known by the text of their files, and imported when they are asked for."""

from __future__ import annotations

import importlib
import subprocess
import sys

from registry import plugins
from registry.contract.named_block import NamedBlock
from registry.loading.blocks import load_registry
from registry.loading.known_blocks import KnownBlocks
from registry.plugins.losses.object_condensation.block import ObjectCondensation


def test_the_names_in_the_text_of_every_block_file_are_those_of_its_blocks() -> None:
    stated = [block.name for module, _ in plugins._modules("block") for block in importlib.import_module(module).BLOCKS]
    assert sorted(load_registry().blocks) == sorted(stated)


def test_a_built_in_block_is_imported_when_its_name_is_asked_for() -> None:
    code = (
        "import sys; from registry.loading.blocks import load_registry; known = load_registry().blocks\n"
        "module = 'registry.plugins.losses.object_condensation.block'\n"
        "print(module in sys.modules, 'object_condensation' in known, module in sys.modules, end=' ')\n"
        "print(known['object_condensation'].name, module in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "False True False object_condensation True\n"


def test_the_first_block_of_a_name_is_kept() -> None:
    known = KnownBlocks()
    assert known.add(NamedBlock("object_condensation", lambda: ObjectCondensation))
    assert not known.add(ObjectCondensation)
    assert list(known) == ["object_condensation"]
    assert known["object_condensation"] is ObjectCondensation
