"""Neural-network architectures for detector point clouds, declared as YAML graphs of plugin blocks.

Everything here is loaded when it is first used: `import registry` costs nothing, and imports neither TensorFlow nor
mlflow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from registry.compiling.saved_model import load_model as load_model
    from registry.contract.block import Block as Block
    from registry.contract.block import BlockParams as BlockParams
    from registry.contract.block import Complaint as Complaint
    from registry.contract.block import Loader as Loader
    from registry.contract.block import Loss as Loss
    from registry.contract.block import MonitorBlock as MonitorBlock
    from registry.contract.block import Port as Port
    from registry.contract.block import Weights as Weights
    from registry.contract.block import param as param
    from registry.contract.callback import Callback as Callback
    from registry.contract.data import Source as Source
    from registry.contract.hooks import hookimpl as hookimpl
    from registry.contract.layer import BlockLayer as BlockLayer
    from registry.contract.loss_layer import LossLayer as LossLayer

_HOMES = {
    "registry.compiling.saved_model": ("load_model",),
    "registry.contract.block": (
        *("Block", "BlockParams", "Complaint", "Loader", "Loss", "MonitorBlock", "Port", "Weights", "param"),
    ),
    "registry.contract.callback": ("Callback",),
    "registry.contract.data": ("Source",),
    "registry.contract.hooks": ("hookimpl",),
    "registry.contract.layer": ("BlockLayer",),
    "registry.contract.loss_layer": ("LossLayer",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'registry' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
