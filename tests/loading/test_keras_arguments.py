"""What a keras.* node is given is checked by the source of Keras, without importing it, and told as Keras would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from registry.contract.axes import Axis, AxisMismatch, Bindings, TensorType
from registry.contract.block import Block
from registry.loading.blocks import load_registry
from registry.loading.keras_block import keras_block

HITS = Axis("hits", "event")


def block(name: str, **arguments: object) -> Block:
    """Return the block of a Keras layer with its arguments."""
    kind = keras_block(f"keras.{name}")
    return kind(kind.Params.model_validate(arguments))


def complaints(name: str, **arguments: object) -> list[tuple[str, str]]:
    """Return what the check says, with the parameter it says it of."""
    return [(item.parameter, f"{item.message} {item.hint}") for item in block(name, **arguments).check()]


def shape(name: str, *axes: tuple[int | Axis, ...], **arguments: object) -> str:
    """Return the type of the output for inputs of these axes, the first of which is that of the hits."""
    made = block(name, **arguments)
    assert not list(made.check())
    types = [TensorType((HITS, *rest)) for rest in axes]
    ports = made.inputs
    named = {port.name: type_ for port, type_ in zip(ports, types, strict=False)}
    inputs = {"x": types} if ports[0].many else named
    return str(made.output_types(inputs, Bindings(), "node")["x"])


@pytest.mark.parametrize(
    ("layer", "arguments", "parameter", "fragment"),
    [
        ("Dense", {"units": 4, "activation": "swiish"}, "activation", "did you mean 'swish'?"),
        ("Activation", {"activation": "rleu"}, "activation", "did you mean 'relu'?"),
        ("Dense", {"units": 4, "activation": 3}, "activation", "expected a name"),
        (
            "Dense",
            {"units": 4, "activation": {"class_name": "rleu", "config": {}}},
            "activation",
            "did you mean 'relu'?",
        ),
        ("Dense", {"units": 4, "activation": "glu"}, "activation", "one of its shape"),
        ("LSTM", {"units": 4, "recurrent_activation": "sigmiod"}, "recurrent_activation", "did you mean 'sigmoid'?"),
        ("Dense", {"units": 4, "kernel_initializer": "glorot_unifrom"}, "kernel_initializer", "'glorot_uniform'?"),
        ("Dense", {"units": 4, "kernel_initializer": {"class_name": "Constnt"}}, "kernel_initializer", "'constant'?"),
        (
            "Dense",
            {"units": 4, "kernel_initializer": {"class_name": "Constant", "config": {"valu": 1.0}}},
            "kernel_initializer",
            "did you mean 'value'?",
        ),
        ("Dense", {"units": 4, "kernel_initializer": {"class": "Zeros"}}, "kernel_initializer", "the key 'class'"),
        ("Dense", {"units": 4, "kernel_regularizer": "l1l3"}, "kernel_regularizer", "did you mean 'l1l2'?"),
        (
            "Dense",
            {"units": 4, "kernel_regularizer": {"class_name": "L2", "config": {"l2": -1.0}}},
            "kernel_regularizer",
            "non-negative",
        ),
        ("Dense", {"units": 4, "dtype": "int32"}, "dtype", "a dtype of floating point"),
        (
            "Dense",
            {"units": 4, "kernel_initializer": {"class_name": "RandomNormal", "config": {"stddev": "small"}}},
            "kernel_initializer",
            "argument 'stddev': expected a number",
        ),
        ("Dense", {"units": 4, "kernel_constraint": "max_nrom"}, "kernel_constraint", "did you mean 'max_norm'?"),
        ("Dense", {"units": 4, "activity_regularizer": "L1L3"}, "activity_regularizer", "did you mean 'l1l2'?"),
        ("Dense", {"units": 4, "dtype": "floot32"}, "dtype", "did you mean 'float32'?"),
        ("Dense", {"units": 4, "use_bias": "yes"}, "use_bias", "expected true or false, received 'yes' (str)"),
        ("Dense", {"units": 4, "trainable": 1}, "trainable", "true or false"),
        ("Dense", {"units": "4"}, "units", "expected a whole number, received '4' (str)"),
        ("Dense", {"units": 0}, "units", "1 or more"),
        ("Dense", {"units": 2.5}, "units", "expected a whole number"),
        ("Dropout", {"rate": "0.5"}, "rate", "expected a number"),
        ("Dropout", {"rate": -0.5}, "rate", "from 0 to 1"),
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 4, "dropout": 1.5}, "dropout", "from 0 to 1"),
        ("MultiHeadAttention", {"num_heads": 0, "key_dim": 4}, "num_heads", "expected a positive integer"),
        ("BatchNormalization", {"axis": "last"}, "axis", "expected a whole number, or a list of them"),
        ("BatchNormalization", {"momentum": float("nan")}, "momentum", "expected finite numbers"),
        ("Conv1D", {"filters": 2, "kernel_size": 2, "padding": "sme"}, "padding", "'same'"),
        ("Conv1D", {"filters": -2, "kernel_size": 2}, "filters", "strictly positive"),
        ("Conv1D", {"filters": 3, "kernel_size": 2, "groups": 2}, "", "evenly divisible"),
        ("Conv1D", {"filters": 3, "kernel_size": [2, 2]}, "kernel_size", "tuple of 1 integers"),
        ("MaxPooling1D", {"data_format": "channels_lst"}, "data_format", "channels_last"),
        ("GaussianNoise", {"stddev": 2.0}, "stddev", "between 0 and 1"),
        ("LeakyReLU", {"negative_slope": -1.0}, "negative_slope", "0 or more"),
        ("Reshape", {"target_shape": [-1, -1]}, "target_shape", "-1"),
        ("Reshape", {"target_shape": "2 5"}, "target_shape", "expected a list of whole numbers"),
        ("Permute", {"dims": [2, 3]}, "dims", "Permute"),
        ("Normalization", {"mean": [1.0, 2.0]}, "mean", "variance"),
        ("Masking", {"mask_value": "none"}, "mask_value", "expected a number"),
        ("Attention", {"score_mode": "sum"}, "score_mode", "'dot', 'concat'"),
    ],
)
def test_an_argument_that_keras_would_refuse_is_refused_with_its_place(
    layer: str, arguments: dict[str, object], parameter: str, fragment: str
) -> None:
    found = complaints(layer, **arguments)
    assert [item[0] for item in found] == [parameter] or (len(found) == 1 and parameter in ("", found[0][0])), found
    assert fragment in found[0][1], found


def test_every_wrong_argument_is_named_at_once() -> None:
    found = complaints("Dense", units=-4, activation="swiish", use_bias="no", kernel_initializer="zeroes")
    assert sorted(name for name, _ in found) == ["activation", "kernel_initializer", "units", "use_bias"]


@pytest.mark.parametrize(
    ("layer", "arguments"),
    [
        ("Dense", {"units": 4, "activation": "swish", "kernel_initializer": "glorot_uniform", "dtype": "float32"}),
        ("Dense", {"units": 4, "kernel_initializer": {"class_name": "Constant", "config": {"value": 0.5}}}),
        ("Dense", {"units": 4, "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.1, "l2": 0.2}}}),
        ("Dense", {"units": 4, "kernel_constraint": "non_neg", "activity_regularizer": "l2"}),
        ("LSTM", {"units": 4, "return_sequences": True, "dropout": 0.2}),
        ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "strides": [2]}),
        ("Rescaling", {"scale": [0.1, 0.2], "offset": [1.0, 2.0]}),
        ("Masking", {"mask_value": -1}),
        ("BatchNormalization", {"axis": 1, "momentum": 0.5, "center": False}),
        ("LayerNormalization", {"axis": [-1]}),
    ],
)
def test_arguments_that_keras_takes_are_taken(layer: str, arguments: dict[str, object]) -> None:
    assert complaints(layer, **arguments) == []


@pytest.mark.parametrize(
    ("layer", "axes", "arguments", "expected"),
    [
        ("Dense", [(10,)], {"units": 4}, "[hits@event, 4] float32"),
        ("Dense", [(10,)], {"units": 4, "dtype": "float64"}, "[hits@event, 4] float64"),
        ("Masking", [(10,)], {"mask_value": 0.5}, "[hits@event, 10] float32"),
        ("Rescaling", [(2,)], {"scale": [0.1, 0.2]}, "[hits@event, 2] float32"),
        ("Reshape", [(10,)], {"target_shape": [2, -1]}, "[hits@event, 2, 5] float32"),
        ("Permute", [(2, 5)], {"dims": [2, 1]}, "[hits@event, 5, 2] float32"),
        ("Flatten", [(2, 5)], {}, "[hits@event, 10] float32"),
        ("RepeatVector", [(5,)], {"n": 3}, "[hits@event, 3, 5] float32"),
        ("LSTM", [(3, 5)], {"units": 4}, "[hits@event, 4] float32"),
        ("GRU", [(3, 5)], {"units": 4, "return_sequences": True}, "[hits@event, 3, 4] float32"),
        ("GlobalMaxPooling1D", [(3, 5)], {}, "[hits@event, 5] float32"),
        ("MultiHeadAttention", [(3, 5), (4, 5)], {"num_heads": 2, "key_dim": 4}, "[hits@event, 3, 5] float32"),
        ("Attention", [(3, 5), (4, 5)], {}, "[hits@event, 3, 5] float32"),
        ("Concatenate", [(3, 5), (4, 5)], {"axis": 1}, "[hits@event, 7, 5] float32"),
        ("Dot", [(5,), (5,)], {"axes": 1}, "[hits@event, 1] float32"),
    ],
)
def test_the_shape_is_that_of_the_layers_own_rule(
    layer: str, axes: list[tuple[int, ...]], arguments: dict[str, object], expected: str
) -> None:
    assert shape(layer, *axes, **arguments) == expected


@pytest.mark.parametrize(
    ("layer", "axes", "arguments", "fragment"),
    [
        ("Conv1D", [(10,)], {"filters": 4, "kernel_size": 2}, "expected a tensor of 3 or more axes, received 2"),
        ("Reshape", [(10,)], {"target_shape": [3, 4]}, "total size of the tensor must be unchanged"),
        ("GroupNormalization", [(10,)], {"groups": 3}, "multiple of the number of channels"),
        ("BatchNormalization", [(10,)], {"axis": 2}, "2 is no axis of [hits@event, 10]"),
        ("Permute", [(2, 5)], {"dims": [1]}, "expected a tensor of 2 axes, received 3"),
        ("LSTM", [(3,)], {"units": 4}, "expected a tensor of 3 axes, received 2"),
        ("BatchNormalization", [(3,)], {"axis": 0}, "the length of an axis that only data fix"),
        ("LayerNormalization", [(3,)], {"axis": 0}, "the length of an axis that only data fix"),
        ("Dense", [(3,)], {"units": 4, "lora_rank": -2}, ", -2)"),
        ("Rescaling", [(3,)], {"scale": [1.0, 2.0]}, "expected a number for each feature"),
        ("Masking", [(3,)], {"mask_value": [1.0, 2.0]}, "expected a number for each feature"),
        ("Normalization", [(3,)], {"mean": [1.0, 2.0], "variance": [1.0, 2.0]}, "expected a number for each feature"),
        ("Concatenate", [(3,), (3,)], {"axis": 0}, "0 is the axis of the rows"),
        ("Dot", [(3,), (4,)], {"axes": 1}, "Incompatible input shapes"),
        ("Dense", [(10,)], {"units": 4, "output": "hits 5"}, "returns [hits@event, 4] float32 here, received 'hits 5'"),
        ("Masking", [(10,)], {"output": "hits 5"}, "returns [hits@event, 10] float32 here"),
    ],
)
def test_inputs_and_outputs_that_do_not_fit_are_refused(
    layer: str, axes: list[tuple[int, ...]], arguments: dict[str, object], fragment: str
) -> None:
    with pytest.raises(AxisMismatch) as caught:
        shape(layer, *axes, **arguments)
    assert fragment in str(caught.value)


@pytest.mark.parametrize(
    ("layer", "axes", "arguments", "parameter", "fragment"),
    [
        ("Dense", (10,), {"bias_initializer": "identity"}, "bias_initializer", "a weight of 1 axis"),
        ("Dense", (10,), {"bias_initializer": "orthogonal"}, "bias_initializer", "at least two-dimensional"),
        ("Dense", (10,), {"kernel_initializer": "stft"}, "kernel_initializer", "a weight of 2 axes"),
        ("Dense", (10,), {"bias_initializer": {"class_name": "Identity"}}, "bias_initializer", "zeros, ones, constant"),
        ("Conv1D", (4, 2), {"bias_initializer": "stft"}, "bias_initializer", "a weight of 1 axis"),
        ("BatchNormalization", (10,), {"gamma_initializer": "orthogonal"}, "gamma_initializer", "of 1 axis"),
        ("PReLU", (3, 5, 2), {"alpha_initializer": "identity"}, "alpha_initializer", "a weight of 3 axes"),
    ],
)
def test_an_initializer_that_cannot_fill_its_weight_is_refused_with_its_place(
    layer: str, axes: tuple[int, ...], arguments: dict[str, object], parameter: str, fragment: str
) -> None:
    needed = {"Dense": {"units": 4}, "Conv1D": {"filters": 2, "kernel_size": 2}}
    more: dict[str, object] = {"use_bias": True, **needed[layer]} if layer in needed else {}
    with pytest.raises(AxisMismatch) as caught:
        shape(layer, axes, **more, **arguments)
    assert caught.value.parameter == parameter
    assert f"parameter {parameter!r}: keras.{layer} refuses " in str(caught.value)
    assert fragment in str(caught.value)


@pytest.mark.parametrize(
    ("layer", "axes", "arguments"),
    [
        ("Dense", (10,), {"units": 4, "kernel_initializer": "identity", "bias_initializer": "random_normal"}),
        ("Dense", (10,), {"units": 4, "use_bias": False, "bias_initializer": "identity"}),
        ("LSTM", (3, 5), {"units": 4, "recurrent_initializer": "orthogonal"}),
    ],
)
def test_an_initializer_that_fills_its_weight_or_has_none_is_taken(
    layer: str, axes: tuple[int, ...], arguments: dict[str, object]
) -> None:
    assert shape(layer, axes, **arguments)


@pytest.mark.parametrize(
    ("layer", "arguments", "fragment"),
    [
        ("Lambda", {"function": "x + 1"}, "needs a Python object as 'function'"),
        ("Bidirectional", {"layer": {"class_name": "LSTM"}}, "needs a Python object as 'layer'"),
        ("LSTMCell", {"units": 4}, "is a cell"),
        ("LSTM", {"units": 4, "return_state": True}, "returns several tensors"),
        ("InputLayer", {"shape": [4]}, "is no layer"),
    ],
)
def test_a_layer_that_can_be_no_node_says_why(layer: str, arguments: dict[str, object], fragment: str) -> None:
    ((_, said),) = complaints(layer, **arguments)
    assert fragment in said


GRAPH = """\
blocks:
  event: {use: showers}
  rows: {use: keras.Reshape, in: event.features, with: {target_shape: [2, 5]}}
  attention:
    use: keras.MultiHeadAttention
    in: {query: rows, value: rows}
    with: {num_heads: 2, key_dim: 4}
  scaled: {use: keras.Rescaling, in: attention, with: {scale: [1.0, 2.0, 3.0, 4.0, 5.0]}}
  masked: {use: keras.Masking, in: scaled, with: {mask_value: -1}}
  pair: {use: keras.Attention, in: [masked, rows]}
  flat: {use: keras.Flatten, in: pair}
  wrong: {use: keras.Dense, in: flat, with: {units: 4, output: hits 5}}
outputs: {flat: flat, wrong: wrong}
"""


def test_a_graph_of_many_keras_layers_is_checked_in_a_moment_without_keras(tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(GRAPH)
    program = (
        "import sys, time\n"
        "from registry.console.command import run_command\nfrom registry.check import main\n"
        "start = time.perf_counter(); status = run_command(lambda: main(['graph.yaml']))\n"
        "print(status, time.perf_counter() - start, sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    status, seconds, modules = found.stdout.split(maxsplit=2)
    assert (status, modules.strip()) == ("2", "[]")
    assert float(seconds) < 5
    assert found.stderr.count("graph.yaml:") == 1
    assert found.stderr.startswith("graph.yaml:12:"), found.stderr
    assert "received 'hits 5'" in found.stderr


@pytest.mark.slow
def test_what_the_check_takes_of_several_inputs_is_compiled(tmp_path: Path) -> None:
    import registry

    (tmp_path / "graph.yaml").write_text(GRAPH.replace(", output: hits 5", ""))
    compiled = registry.load(tmp_path / "graph.yaml").compile()
    assert compiled.inference is not None
    assert {name: tensor.shape for name, tensor in compiled.inference.output.items()} == {
        "flat": (None, 10),
        "wrong": (None, 4),
    }


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("keras.layers.Dense", "did you mean 'keras.Dense'?"),
        ("tf.keras.layers.LayerNormalisation", "did you mean 'keras.LayerNormalization'?"),
        ("Keras.Dense", "did you mean 'keras.Dense'?"),
        ("keras.dense", "did you mean 'keras.Dense'?"),
        ("keras.", ""),
        ("keras.Qwxyz", ""),
    ],
)
def test_the_layer_meant_by_another_name_is_suggested_only_where_one_is_near(written: str, hint: str) -> None:
    assert load_registry().suggest(written) == hint
