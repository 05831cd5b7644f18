"""A block for every law, that breaks it on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from registry.contract.augmentation import Augmentation
from registry.contract.block import Block, BlockParams, Port, Weights, param
from registry.contract.clusterer import Clusterer, Clusters
from registry.contract.layer import BlockLayer
from registry.contract.loader import Loader
from registry.contract.loss import Loss
from registry.contract.loss_layer import LossLayer
from registry.contract.matcher import Matcher
from registry.contract.monitor import Findings
from registry.contract.monitor_block import MonitorBlock
from registry.contract.schedule import Schedule
from registry.contract.transform import Transform, TransformParams
from registry.contract.transform_layer import TransformLayer

X = Port("x", "hits features", "numbers")
SPLITS = Port("row_splits", "events+1 -> hits", "where events start", "int32")
INDEX = Port("truth_index", "hits 1", "the object of the hit", "int32")


def _layer(law: str, base: type[Block] = Block, layer: type = BlockLayer, **stated: Any) -> Any:
    """Return a decorator that makes methods of a layer, and of its block, a block that breaks a law."""

    def made(methods: type) -> type[Block]:
        own = {name: value for name, value in vars(methods).items() if not name.startswith("__")}
        of_block = {
            name: own.pop(name)
            for name in list(own)
            if name in ("Params", "weights", "multiply_adds", "perfect", "inner_values")
        }
        declared = {"name": methods.__name__.lower(), "kind": "layer", "inputs": (X,), "outputs": (X,), **stated}
        if base is not Block:
            declared.pop("kind")
        kind: type[Block] = type(
            methods.__name__, (base,), {"__doc__": law, "__module__": __name__, **declared, **of_block}
        )
        own["block"] = kind
        made_layer = type(f"{methods.__name__}Layer", (layer,), {"__module__": __name__, **own})
        kind.build = lambda self, name: made_layer(name=name, **self.layer_config())  # type: ignore[method-assign]
        if methods.__name__ != "Unregistered":
            keras.saving.register_keras_serializable("broken")(made_layer)
        BROKEN.setdefault(law, []).append(kind)
        return kind

    return made


BROKEN: dict[str, list[type[Block]]] = {}
"""By law, the blocks that break it."""


@_layer("order of hits")
class First:
    def call(self, x: Any) -> Any:
        return x * tf.cast(tf.range(tf.shape(x)[0])[:, None], x.dtype)


@_layer("events apart", inputs=(X, SPLITS))
class Mean:
    def call(self, x: Any, row_splits: Any) -> Any:
        return x - tf.math.divide_no_nan(tf.reduce_sum(x, 0, keepdims=True), tf.cast(tf.shape(x)[0], x.dtype))


@_layer("odd events")
class Logarithm:
    def call(self, x: Any) -> Any:
        return tf.math.log(x * x)


@_layer("declared types")
class Wider:
    def call(self, x: Any) -> Any:
        return tf.concat([x, x], 1)


@_layer("configuration")
class Unregistered:
    def call(self, x: Any) -> Any:
        return -x


@_layer("configuration")
class Forgetful:
    class Params(BlockParams):
        factor: float = param(1.0, "the factor")

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}

    def call(self, x: Any) -> Any:
        return self.factor * x


@_layer("saved file")
class Untracked:
    def setup(self) -> None:
        object.__setattr__(self, "factors", {"own": np.random.normal()})

    def call(self, x: Any) -> Any:
        return x * self.factors["own"]


@_layer("gradients of weights")
class Unused:
    class Params(BlockParams):
        pass

    def weights(self, inputs: Any, outputs: Any) -> Weights:
        return Weights(1)

    def build(self, x_shape: Any) -> None:
        self.factor = self.add_weight(shape=(1,), name="factor")

    def call(self, x: Any) -> Any:
        return x + 0 * tf.stop_gradient(self.factor)


@_layer("graph mode")
class Eager:
    def call(self, x: Any) -> Any:
        return x if tf.executing_eagerly() else 2 * x


@_layer("no retracing")
class Static:
    def call(self, x: Any) -> Any:
        return x * float(x.shape[0] or 7)


@_layer("mixed precision", mixed=True)
class Large:
    def call(self, x: Any) -> Any:
        return (x + 1000) - 1000


@_layer("mixed precision", mixed=True)
class Wide32:
    def call(self, x: Any) -> Any:
        return 2 * tf.cast(x, "float32")


@_layer("determinism")
class Noise:
    def call(self, x: Any) -> Any:
        return x + tf.random.normal(tf.shape(x))


@_layer("schedulable parameters")
class Copied:
    class Params(BlockParams):
        factor: float = param(1.0, "the factor", schedulable=True)

    def setup(self) -> None:
        self.copied = self.factor

    def call(self, x: Any) -> Any:
        return self.copied * x


@_layer("schedulable parameters")
class Ignored:
    class Params(BlockParams):
        factor: float = param(1.0, "the factor", schedulable=True)

    def call(self, x: Any) -> Any:
        return x


@_layer("costs")
class Free:
    def weights(self, inputs: Any, outputs: Any) -> Weights:
        return Weights(inputs["x"].features ** 2)

    def multiply_adds(self, inputs: Any, outputs: Any) -> float:
        return 0.0

    def build(self, x_shape: Any) -> None:
        self.kernel = self.add_weight(shape=(x_shape[-1], x_shape[-1]), name="kernel")

    def call(self, x: Any) -> Any:
        return tf.matmul(x, self.kernel)


@_layer("truth apart", inputs=(X, Port("rest", "", "other columns", rest=True)))
class Leaking:
    def call(self, x: Any, rest: Any = None) -> Any:
        return {"x": x + tf.add_n([tf.reduce_sum(tf.cast(value, x.dtype)) for value in (rest or {}).values()])}


@_layer("large events", inputs=(X, SPLITS))
class Overflowing:
    def call(self, x: Any, row_splits: Any) -> Any:
        sizes = row_splits[1:] - row_splits[:-1]
        return x * tf.exp(tf.repeat(tf.cast(sizes, x.dtype), sizes)[:, None] / 100)


@_layer("perfect input", base=Loss, layer=LossLayer, outputs=())
class NeverZero:
    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"x": 0 * columns["x"]}

    def call(self, x: Any) -> Any:
        return {"loss": tf.reduce_sum(x * x) + 1}


@_layer("events in losses", base=Loss, layer=LossLayer, outputs=())
class Squared:
    def call(self, x: Any) -> Any:
        count = tf.cast(tf.size(x), x.dtype)
        return {"loss": tf.square(tf.math.divide_no_nan(tf.reduce_sum(x), count) - 1)}


@_layer("memory")
class Modest:
    def inner_values(self, inputs: Any, outputs: Any) -> int:
        return 0

    def call(self, x: Any) -> Any:
        for _ in range(8):
            x = tf.sin(x)
        return x


@_layer(
    "weights of events",
    base=Loss,
    layer=LossLayer,
    outputs=(),
    inputs=(X, Port("event_weight", "hits 1", "weight of the event", of="event", bounds=(0, None))),
)
class Unweighted:
    def call(self, x: Any, event_weight: Any) -> Any:
        return {"loss": tf.reduce_sum(x * x)}


class Undescribed(Block):
    """A parameter without description."""

    name, kind, layer = "undescribed", "layer", "tests.testing.broken_blocks:UndescribedLayer"
    inputs, outputs = (X,), (X,)

    def build(self, name: str) -> Any:
        return keras.layers.Identity(name=name)

    class Params(BlockParams):
        factor: float = 1.0


BROKEN["signature"] = [Undescribed]


class Lenient(Undescribed):
    """Takes any parameters."""

    name = "lenient"

    class Params(BlockParams):
        model_config = {"extra": "allow"}


BROKEN["wrong parameters"] = [Lenient]


class Seeing(MonitorBlock):
    """Writes into what it sees."""

    name, inputs = "seeing", (X, SPLITS)

    def open(self, node: str) -> Any:
        return self

    moments = ("epoch",)

    def look(self, context: Any) -> Findings:
        values = dict(next(iter(context.observe("validation"))).values)
        values["x"] *= 2
        return Findings()


BROKEN["looks only"] = [Seeing]


class Failing(Seeing):
    """Fails without hits."""

    name = "failing"

    def look(self, context: Any) -> Findings:
        return Findings({"largest": float(next(iter(context.observe("validation"))).values["x"].max())})


BROKEN["fails safe"] = [Failing]


class Numbering(Clusterer):
    """Counts labels through the batch."""

    name, inputs = "numbering", (Port("coordinates", "hits dimensions", "where"), SPLITS)

    def cluster(self, columns: Any) -> Clusters:
        hits = np.arange(columns["row_splits"][-1])
        return Clusters(hits.astype("int32"), hits)


BROKEN["labels of clusters"] = [Numbering]


class Gathering(Numbering):
    """Puts all hits of an event together."""

    name = "gathering"

    def cluster(self, columns: Any) -> Clusters:
        hits = int(columns["row_splits"][-1])
        return Clusters(np.zeros(hits, "int32"), np.full(hits, -1))


BROKEN["singletons"] = [Gathering]


class ByName(Matcher):
    """Matches what has the smaller label."""

    name = "by_name"

    def matched(self, overlap: Any, clusters: np.ndarray) -> np.ndarray:
        named = overlap.clusters.labels[overlap.cluster] < overlap.objects.labels[overlap.object]
        return overlap.majority(named.astype(float)) * 1 if len(named) else np.full(len(clusters), -1)


BROKEN["labels of objects"] = [ByName]


class Never(Matcher):
    """Matches nothing."""

    name = "never"

    def matched(self, overlap: Any, clusters: np.ndarray) -> np.ndarray:
        return np.full(len(clusters), -1)


BROKEN["perfect clusters"] = [Never]


class Falling(Schedule):
    """Falls below 0."""

    name = "falling"

    def value(self, progress: float, state: Any) -> float:
        return 0.5 - progress


BROKEN["values along a stage"] = [Falling]


class Last:
    """Remembers the last piece alone."""

    def add(self, values: np.ndarray) -> None:
        self.values = values.max(0) if len(values) else np.zeros(values.shape[1])

    def found(self) -> list[np.ndarray]:
        return [self.values]


@_layer("fitted values", base=Transform, layer=TransformLayer, inputs=Transform.inputs, outputs=Transform.outputs)
class LastPiece:
    class Params(TransformParams):
        pass

    def weights(self, inputs: Any, outputs: Any) -> Weights:
        return Weights(0, inputs["features"].features)

    def build_for(self, columns: int) -> None:
        self.top = self.hold("top", (columns,), "ones")

    def changed(self, x: Any) -> Any:
        return x - self.top


BROKEN["fitted values"][0].fitting = lambda self: Last()  # type: ignore[attr-defined]


class Shared(Augmentation):
    """Draws one number for all events."""

    name = "shared"

    def augment(self, hits: Any, randoms: Any) -> Any:
        return hits.with_columns({"x": hits.columns["x"] + randoms[0].normal()})


BROKEN["events by their seeds"] = [Shared]


class Events(Loader):
    """Hits of a normal distribution; subclasses break something."""

    name = "events"
    outputs = (
        Port("features", "hits 3", "numbers", default=True),
        Port("truth_energy", "hits 1", "true energy", truth=True),
        SPLITS,
    )
    offset = 0

    def open(self, seed: int) -> Any:
        self.seed = seed
        return self

    def sizes(self, part: str) -> np.ndarray:
        return np.array([4, 2, 3])

    def one(self, part: str, event: int) -> np.ndarray:
        number = ("train", "validation", "test").index(part)
        return np.random.default_rng([self.seed, number, event]).normal(size=(self.sizes(part)[event], 4))

    def read(self, part: str, events: np.ndarray, epoch: int | None) -> dict[str, np.ndarray]:
        found = [self.one(part, int(event)) for event in events]
        sizes = [len(item) for item in found]
        hits = np.concatenate([np.zeros((0, 4)), *found]).astype("float32")
        splits = np.concatenate([[0], np.cumsum(sizes)]).astype("int32")
        return {"features": hits[:, :3], "truth_energy": hits[:, 3:], "row_splits": splits}

    def describe(self, part: str, event: int) -> str:
        return f"{part} {event}"

    def fingerprint(self) -> str:
        return str(self.seed)


class Wide(Events):
    """Hands on a column too many."""

    def read(self, part: str, events: np.ndarray, epoch: int | None) -> dict[str, np.ndarray]:
        found = super().read(part, events, epoch)
        return {**found, "features": np.repeat(found["features"], 2, 1)}


class Sorted(Events):
    """Hands events on in an order of its own."""

    def read(self, part: str, events: np.ndarray, epoch: int | None) -> dict[str, np.ndarray]:
        return super().read(part, np.sort(events), epoch)


class Restless(Events):
    """Draws anew whenever it is asked."""

    def one(self, part: str, event: int) -> np.ndarray:
        return np.random.default_rng().normal(size=super().one(part, event).shape)


class Overlapping(Events):
    """Has the same events in all parts."""

    def one(self, part: str, event: int) -> np.ndarray:
        return super().one("train", event)


class Constant(Events):
    """Has one fingerprint for all data."""

    def fingerprint(self) -> str:
        return "data"


class Telling(Events):
    """Has truth among its features."""

    def read(self, part: str, events: np.ndarray, epoch: int | None) -> dict[str, np.ndarray]:
        found = super().read(part, events, epoch)
        return {**found, "features": np.repeat(found["truth_energy"], 3, 1)}


BROKEN |= {
    "columns": [Wide],
    "order of events": [Sorted],
    "seeds": [Restless],
    "parts": [Overlapping],
    "fingerprint": [Constant],
    "no truth among features": [Telling],
}
FOLDER = Path(__file__).parent
