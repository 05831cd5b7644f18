"""Neural-network architectures for detector point clouds, declared as YAML graphs of plugin blocks.

Everything here is loaded when it is first used: `import registry` costs nothing, and imports neither TensorFlow nor
mlflow. In a script or a notebook:

    graph = registry.load("graphs/gravnet.yaml", set={"Architecture.gravnet[*].n": 32})
    run = registry.train(graph)
    run.metrics, run.predict(graph.source().read("test", events, None))
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from registry.contract.augmentation import Augmentation as Augmentation
    from registry.contract.augmentation import AugmentationUse as AugmentationUse
    from registry.contract.augmentation import EventHits as EventHits
    from registry.contract.block import Block as Block
    from registry.contract.block import BlockParams as BlockParams
    from registry.contract.block import Complaint as Complaint
    from registry.contract.block import Port as Port
    from registry.contract.block import Weights as Weights
    from registry.contract.block import param as param
    from registry.contract.callback import Callback as Callback
    from registry.contract.clusterer import Clusterer as Clusterer
    from registry.contract.clusterer import Clusters as Clusters
    from registry.contract.data import DataError as DataError
    from registry.contract.data import Preview as Preview
    from registry.contract.data import Source as Source
    from registry.contract.errors import InputError as InputError
    from registry.contract.errors import RunError as RunError
    from registry.contract.exporter import Exportable as Exportable
    from registry.contract.exporter import Exporter as Exporter
    from registry.contract.function_block import block as block
    from registry.contract.hooks import hookimpl as hookimpl
    from registry.contract.keeping import computed_once as computed_once
    from registry.contract.layer import BlockLayer as BlockLayer
    from registry.contract.loader import Loader as Loader
    from registry.contract.loss import Loss as Loss
    from registry.contract.loss_layer import LossLayer as LossLayer
    from registry.contract.matcher import Matcher as Matcher
    from registry.contract.matching import Matches as Matches
    from registry.contract.matching import Overlap as Overlap
    from registry.contract.monitor import Findings as Findings
    from registry.contract.monitor import Monitor as Monitor
    from registry.contract.monitor import MonitorContext as MonitorContext
    from registry.contract.monitor import Observation as Observation
    from registry.contract.monitor import by_event as by_event
    from registry.contract.monitor_block import MonitorBlock as MonitorBlock
    from registry.contract.monitor_block import MonitorParams as MonitorParams
    from registry.contract.run_store import RunRecord as RunRecord
    from registry.contract.run_store import RunStore as RunStore
    from registry.contract.run_store import RunSummary as RunSummary
    from registry.contract.schedule import Schedule as Schedule
    from registry.contract.schedule import ScheduleParams as ScheduleParams
    from registry.contract.shown import Command as Command
    from registry.contract.shown import NodeStyle as NodeStyle
    from registry.contract.shown import PageSection as PageSection
    from registry.contract.shown import ShownRun as ShownRun
    from registry.contract.tracker import DataInfo as DataInfo
    from registry.contract.tracker import ModelInfo as ModelInfo
    from registry.contract.tracker import RunInfo as RunInfo
    from registry.contract.tracker import Tracker as Tracker
    from registry.contract.tracker import Tracking as Tracking
    from registry.contract.transform import Fitting as Fitting
    from registry.contract.transform import Transform as Transform
    from registry.contract.transform import TransformParams as TransformParams
    from registry.contract.transform_layer import TransformLayer as TransformLayer
    from registry.interface.comparison import Comparison as Comparison
    from registry.interface.comparison import compare as compare
    from registry.interface.conversion import convert as convert
    from registry.interface.difference import GraphDiff as GraphDiff
    from registry.interface.difference import diff as diff
    from registry.interface.graph import Graph as Graph
    from registry.interface.graph import load as load
    from registry.interface.models import load_model as load_model
    from registry.interface.prediction import predict as predict
    from registry.interface.run import Run as Run
    from registry.interface.runs import runs as runs
    from registry.interface.search import search as search
    from registry.interface.sweep import Sweep as Sweep
    from registry.interface.sweep import sweep as sweep
    from registry.interface.training import train as train

from registry.console.signals import LISTENER

LISTENER.start()

_HOMES = {
    "registry.contract.augmentation": ("Augmentation", "AugmentationUse", "EventHits"),
    "registry.contract.block": ("Block", "BlockParams", "Complaint", "Port", "Weights", "param"),
    "registry.contract.callback": ("Callback",),
    "registry.contract.clusterer": ("Clusterer", "Clusters"),
    "registry.contract.data": ("DataError", "Preview", "Source"),
    "registry.contract.errors": ("InputError", "RunError"),
    "registry.contract.function_block": ("block",),
    "registry.contract.exporter": ("Exportable", "Exporter"),
    "registry.contract.hooks": ("hookimpl",),
    "registry.contract.keeping": ("computed_once",),
    "registry.contract.layer": ("BlockLayer",),
    "registry.contract.loader": ("Loader",),
    "registry.contract.loss": ("Loss",),
    "registry.contract.loss_layer": ("LossLayer",),
    "registry.contract.matcher": ("Matcher",),
    "registry.contract.matching": ("Matches", "Overlap"),
    "registry.contract.monitor": ("Findings", "Monitor", "MonitorContext", "Observation", "by_event"),
    "registry.contract.monitor_block": ("MonitorBlock", "MonitorParams"),
    "registry.contract.schedule": ("Schedule", "ScheduleParams"),
    "registry.contract.shown": ("Command", "NodeStyle", "PageSection", "ShownRun"),
    "registry.contract.run_store": ("RunRecord", "RunStore", "RunSummary"),
    "registry.contract.tracker": ("DataInfo", "ModelInfo", "RunInfo", "Tracker", "Tracking"),
    "registry.contract.transform": ("Fitting", "Transform", "TransformParams"),
    "registry.contract.transform_layer": ("TransformLayer",),
    "registry.interface.comparison": ("Comparison", "compare"),
    "registry.interface.conversion": ("convert",),
    "registry.interface.difference": ("GraphDiff", "diff"),
    "registry.interface.graph": ("Graph", "load"),
    "registry.interface.models": ("load_model",),
    "registry.interface.prediction": ("predict",),
    "registry.interface.run": ("Run",),
    "registry.interface.runs": ("runs",),
    "registry.interface.search": ("search",),
    "registry.interface.sweep": ("Sweep", "sweep"),
    "registry.interface.training": ("train",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'registry' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__


class _Package(ModuleType):
    """The package, in which a name of the interface stays what it is when a command of that name is imported.

    `registry.train` is the function that trains a graph, and registry/train.py is the command of that name
    (`python -m registry.train`). Python binds every submodule that is imported as an attribute of its package, so that
    `registry.train` would be the one or the other, by what was imported before. Here it is always the function; the
    module is reached by `from registry.train import main`, which looks into sys.modules.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
