"""The names of the package: loaded when they are used, and the same whatever was imported before."""

from __future__ import annotations

import subprocess
import sys

import pytest

import registry


def run(code: str) -> str:
    """Run code in a fresh interpreter; return what it printed."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = "'tensorflow', 'keras', 'mlflow', 'pydantic', 'numpy', 'yaml'"
    assert run(f"import registry, sys; print([name for name in ({heavy}) if name in sys.modules])") == "[]\n"


def test_loading_and_checking_a_graph_imports_neither_tensorflow_nor_mlflow() -> None:
    code = "import registry, sys; graph = registry.load('graphs/gravnet.yaml'); graph.plan(); graph._repr_html_()"
    assert run(f"{code}; print('tensorflow' in sys.modules, 'mlflow' in sys.modules)") == "False False\n"


@pytest.mark.parametrize("name", registry.__all__)
def test_every_name_of_the_interface_is_there_and_documented(name: str) -> None:
    found = getattr(registry, name)
    assert found.__doc__ or name == "hookimpl"


def test_a_name_that_does_not_exist_is_an_error_that_lists_those_that_do() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'trian'; it has .*train"):
        registry.trian  # noqa: B018


@pytest.mark.parametrize(
    "imports",
    [
        "import registry, registry.train",
        "import registry.train",
        "from registry.train import main; import registry",
        "import registry; registry.train; import registry.train",
    ],
)
def test_train_is_the_function_whatever_was_imported_before(imports: str) -> None:
    assert run(f"{imports}\nimport types; print(isinstance(registry.train, types.FunctionType))") == "True\n"


def test_the_function_is_imported_by_name_and_the_command_from_its_module() -> None:
    code = "from registry import train; from registry.train import main; print(train.__module__, main.__module__)"
    assert run(code) == "registry.interface.training registry.train\n"


def test_other_commands_are_modules_of_the_package() -> None:
    assert run("import registry, registry.check; print(registry.check.__name__)") == "registry.check\n"
