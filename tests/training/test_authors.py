"""What goes wrong in an author's layer, loss, monitor or callback names block, file and line, without a traceback."""

from __future__ import annotations

import pytest

from tests.training.author import Author, Ended, author

__all__ = ["author"]

pytestmark = pytest.mark.slow

LAYER = '''
class Change(Block):
    """Changes features."""

    name = "change"
    kind = "layer"
    layer = "{module}:Layer"
    inputs = (Port("x", "hits features"),)
    outputs = (Port("x", "hits features"),)


@keras.saving.register_keras_serializable("{module}")
class Layer(BlockLayer):
    block = Change

{body}


@hookimpl
def register_blocks():
    return [Change]
'''

NODE = "  change: {use: change, in: dense}"

SHAPE = """
    def compute_output_shape(self, x_shape):
        return x_shape
"""


def layer(author: Author, body: str) -> Ended:
    text = LAYER.format(module=author.name, body=body.strip("\n"))
    ended = author.train(text, nodes=NODE, heads="change")
    assert "\x1b" not in ended.errors
    return ended


def call(line: str) -> str:
    return f"    def call(self, x):\n        {line}\n"


WRONG_LAYERS = {
    "a tuple": (call("return x, x"), "returned a tuple of 2", "expected a tensor, 'x'"),
    "another key": (call("return {'y': x}"), "returned a dict with the keys 'y'", "expected a tensor, 'x'"),
    "None": (call("pass"), "returned None", "expected a tensor, 'x'"),
    "an exception": (call("return x * self.absent"), "failed: AttributeError: ", "has no attribute 'absent'"),
    "an exception in words": (
        call("raise ValueError('my own words')"),
        "failed: ValueError: my own words",
        "my own words",
    ),
    "sys.exit": (call("raise SystemExit(0)"), "failed: SystemExit: 0", "does not end the program"),
    "a wrong argument": ("    def call(self, y):\n        return y\n", "failed: TypeError: ", "inputs by name: x"),
    "a tuple, shape declared": (call("return x, x") + SHAPE, "returned a tuple of 2", "expected a tensor, 'x'"),
    "fewer rows": (call("return x[:3]") + SHAPE, "returned 3 rows as 'x', where ", "axes of one name have one length"),
}


@pytest.mark.parametrize("kind", WRONG_LAYERS)
def test_a_layer_that_goes_wrong_is_named_with_its_file_and_line(author: Author, kind: str) -> None:
    body, what, expected = WRONG_LAYERS[kind]
    ended = layer(author, body)
    assert ended.status == 2
    assert f"{author.name}.py:" in ended.errors
    assert "change: block 'change': " in ended.errors
    assert "used at graph.yaml:7" in ended.errors
    assert what in ended.errors
    if kind != "an exception in words":
        assert expected in ended.errors
    assert "Arguments received" not in ended.errors
    assert ended.recorded == ""


HIDDEN = """
    def setup(self):
        hidden = keras.layers.Dense(4)
        self.inner = lambda x: hidden(x)

    def call(self, x):
        return self.inner(x)
"""

KEPT_APART = """
    def setup(self):
        class Holder:
            dense = keras.layers.Dense(4)

        self.inner = Holder()

    def call(self, x):
        return self.inner.dense(x)
"""


@pytest.mark.parametrize("body", [HIDDEN, KEPT_APART], ids=["in a closure", "in an object that is no layer"])
def test_weights_that_keras_does_not_keep_are_found_before_training(author: Author, body: str) -> None:
    ended = layer(author, body)
    assert ended.status == 2
    assert "change: block 'change': its layer Layer " in ended.errors
    assert "expected layers and variables as attributes of the layer" in ended.errors
    assert ended.recorded == ""


FORGETFUL = """
    factor = 1.0

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = float(np.random.uniform(2.0, 3.0))

    def call(self, x):
        return x * self.factor
"""


NUMBERED = """
    def __init__(self, gains=None, **kwargs):
        super().__init__(**kwargs)
        self.gains = gains or {1: 2.0}

    def get_config(self):
        return {**super().get_config(), "gains": self.gains}

    def call(self, x):
        return x * self.gains[1]
"""


def test_a_layer_that_fails_when_it_is_read_back_is_found_before_training(author: Author) -> None:
    text = LAYER.format(module=author.name, body=f"{NUMBERED}{SHAPE}".strip("\n"))
    text = text.replace("(BlockLayer)", "(keras.layers.Layer)").replace("    block = Change\n", "")
    ended = author.train(text, nodes=NODE, heads="change")
    assert ended.status == 2
    assert "its layer Layer is another one in a saved model: it fails: KeyError" in ended.errors
    assert "Traceback" not in ended.errors


NAMELESS = """
    def __init__(self, size=2.0, **options):
        super().__init__(**options)
        self.size = size

    def call(self, x):
        return x * self.size
"""


def test_a_layer_whose_name_keras_does_not_keep_is_found_before_training(author: Author) -> None:
    text = LAYER.format(module=author.name, body=f"{NAMELESS}{SHAPE}".strip("\n"))
    text = text.replace("(BlockLayer)", "(keras.layers.Layer)").replace("    block = Change\n", "")
    ended = author.train(text, nodes=NODE, heads="change")
    assert ended.status == 2
    assert "its layer Layer cannot be saved: read back, it has the name 'layer" in ended.errors
    assert "expected a constructor that ends in `**kwargs`" in ended.errors


def test_a_layer_that_is_another_one_when_it_is_read_back_is_found_before_training(author: Author) -> None:
    ended = layer(author, FORGETFUL)
    assert ended.status == 2
    assert "is another one in a saved model: it computes something else than before, by up to" in ended.errors


LOSS = '''
class Score(Loss):
    """Scores."""

    name = "score"
    layer = "{module}:Layer"
    inputs = (Port("x", "hits features"),)


@keras.saving.register_keras_serializable("{module}")
class Layer({base}):
    {stated}

    def call(self, x):
        return {result}


@hookimpl
def register_blocks():
    return [Score]
'''

WRONG_LOSSES = {
    "text": ("'0.5'", "returned '0.5' (str)"),
    "None": ("None", "returned None"),
    "a vector": ("{'loss': tf.reduce_sum(x, axis=1)}", "as 'loss'"),
    "another key": ("{'score': tf.reduce_sum(x)}", "returned a dict with the keys 'score'"),
    "an undeclared term": ("{'loss': tf.reduce_sum(x), 'more': tf.reduce_sum(x)}", "with the keys 'loss', 'more'"),
    "a scalar": ("tf.reduce_sum(x)", "returned a tensor () float32"),
}


@pytest.mark.parametrize("base", ["LossLayer", "keras.layers.Layer"])
@pytest.mark.parametrize("kind", WRONG_LOSSES)
def test_a_loss_that_returns_something_else_is_named(author: Author, kind: str, base: str) -> None:
    result, what = WRONG_LOSSES[kind]
    stated = "block = Score" if base == "LossLayer" else '"""A loss."""'
    text = LOSS.format(module=author.name, base=base, stated=stated, result=result)
    ended = author.train(text, nodes="  score: {use: score, in: dense}")
    assert ended.status == 2
    assert f"{author.name}.py:" in ended.errors
    if kind == "text" and base != "LossLayer":
        # Keras itself asks such a layer for tensors.
        assert "score: block 'score': its layer Layer failed: " in ended.errors
        return
    assert "score: block 'score': its layer Layer returned " in ended.errors
    assert what in ended.errors
    assert "expected a dict of scalars with the keys 'loss'" in ended.errors


MONITOR = '''
from registry.contract.monitor import Findings


class Watch(MonitorBlock):
    """Looks."""

    name = "watch"
    inputs = (Port("x", "hits features"),)

    def open(self, node):
        {opened}
        return Monitor()


class Monitor:
    moments = ("start", "epoch", "end")

    def look(self, context):
        {looked}


@hookimpl
def register_blocks():
    return [Watch]
'''


@pytest.mark.parametrize(
    ("looked", "what"),
    [
        ("return 1 / 0", "its monitor failed in look() at 'start': ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "its monitor failed in look() at 'start': SystemExit: 3"),
        ("return {'a': 1.0}", "look() returned {'a': 1.0} (dict)"),
        ("return Findings(metrics={'a': 'high'})", "look() returned 'high' (str) as the metric 'a'"),
    ],
)
def test_a_monitor_that_fails_is_named_once_and_the_training_goes_on(author: Author, looked: str, what: str) -> None:
    text = MONITOR.format(opened="pass", looked=looked)
    ended = author.train(text, nodes="  watch: {use: watch, in: dense}")
    assert ended.shown.count(f"watch: block 'watch': {what}") == 1
    assert f"{author.name}.py:" in ended.shown
    assert "the training goes on without this monitor" in ended.shown
    assert ended.recorded == "FINISHED"
    assert ended.status == 1
    assert "error: the run is FINISHED, but a monitor failed" in ended.errors
    (kept,) = ended.files("watch.failed.txt")
    assert what in kept.read_text()


def test_a_monitor_that_cannot_be_opened_is_an_error_before_the_run(author: Author) -> None:
    text = MONITOR.format(opened="raise OSError('no display')", looked="pass")
    ended = author.train(text, nodes="  watch: {use: watch, in: dense}")
    assert ended.status == 2
    assert "watch: block 'watch': its monitor cannot be opened: OSError: no display" in ended.errors
    assert ended.recorded == ""


CALLBACK = """
class Mine(Callback):
    def {method}(self, run, *rest):
        {line}


@hookimpl
def training_callbacks(run):
    return [Mine()]
"""


@pytest.mark.parametrize("method", ["on_start", "on_record", "on_epoch_end", "on_end"])
def test_a_callback_that_fails_fails_the_run_and_is_named(author: Author, method: str) -> None:
    ended = author.train(CALLBACK.format(method=method, line="raise KeyError('widths')"))
    assert ended.status == 1
    assert f"callback Mine: {method}() failed: KeyError: 'widths'" in ended.errors
    assert f"{author.name}.py:" in ended.errors
    assert ended.recorded == "FAILED"


@pytest.mark.parametrize("line", ["run.end_training('it is enough')", "raise StopIteration('it is enough')"])
def test_a_callback_ends_the_training_as_finished(author: Author, line: str) -> None:
    ended = author.train(CALLBACK.format(method="on_epoch_end", line=line), "--set", "Training.0.epochs=50")
    assert ended.status == 0, ended.errors
    assert "the training ends after epoch 1 of stage_1: it is enough" in ended.shown
    assert ended.recorded == "FINISHED"
    assert ended.files("model.keras")


def test_an_exhausted_iterator_in_a_callback_ends_nothing_well(author: Author) -> None:
    ended = author.train(CALLBACK.format(method="on_epoch_end", line="next(iter([]))"))
    assert ended.status == 1
    assert "callback Mine: on_epoch_end() failed: StopIteration" in ended.errors


def test_a_callback_ends_a_stage_and_the_next_one_follows(author: Author) -> None:
    stage = "{batch_size: 2000, learning_rate: 1.0e-2, epochs: 3}"
    line = "run.end_stage('flat')"
    ended = author.train(CALLBACK.format(method="on_epoch_end", line=line), "--set", f"Training=[{stage}, {stage}]")
    assert ended.status == 0, ended.errors
    assert "the stage ends after epoch 1 of stage_1: flat" in ended.shown
    assert "the stage ends after epoch 1 of stage_2: flat" in ended.shown
