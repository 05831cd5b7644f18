"""A run that cannot learn, or has learnt nothing that can be trusted, does not end well."""

from __future__ import annotations

import pytest

from tests.training.author import Author, author

__all__ = ["author"]

pytestmark = pytest.mark.slow

BLOCK = '''
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

    def call(self, x, training=False):
        return {result}


@hookimpl
def register_blocks():
    return [Change]
'''


def change(author: Author, result: str) -> str:
    return BLOCK.format(module=author.name, result=result)


NODE = "  change: {use: change, in: dense}"
BEHIND = "  change: {use: change, in: heads.beta}"
"""A node between the heads and the loss."""


def test_weights_that_no_gradient_reaches_are_named_and_the_others_are_trained(author: Author) -> None:
    ended = author.train(change(author, "tf.stop_gradient(x)"), nodes=NODE, heads="change")
    assert ended.status == 0, ended.errors
    assert "warning: no loss reaches these weights, they stay as they are: dense, heads (" in ended.shown
    assert ended.shown.count("no loss reaches") == 1
    assert ended.recorded == "FINISHED"


def test_a_run_in_which_no_gradient_reaches_a_weight_is_failed_before_its_first_step(author: Author) -> None:
    ended = author.train(change(author, "tf.stop_gradient(x)"), nodes=BEHIND, score="change")
    assert ended.status == 1
    assert "no gradient of a loss reaches a weight, nothing would be learnt: dense, heads" in ended.errors
    assert "batch" not in ended.shown
    assert ended.recorded == "FAILED"


def test_a_penalty_on_kernels_is_no_lesson(author: Author) -> None:
    plugin = change(author, "tf.stop_gradient(x)")
    penalty = "kernel_regularizer: l2, kernel_regularizer_rate: 0.1"
    ended = author.train(plugin, nodes=NODE, heads="change", dense=penalty)
    assert "no loss reaches these weights, they stay as they are: dense" in ended.shown


def test_a_run_whose_gradient_is_always_zero_is_failed_with_the_reason(author: Author) -> None:
    ended = author.train(change(author, "0.0 * x"), nodes=BEHIND, score="change")
    assert ended.status == 1
    assert "the gradient of every weight was exactly zero, nothing is learnt" in ended.errors
    (reason,) = ended.files("failure.txt")
    assert "exactly zero" in reason.read_text()


def test_weights_whose_gradient_is_always_zero_are_named(author: Author) -> None:
    ended = author.train(change(author, "0.0 * x"), nodes=NODE, heads="change")
    assert ended.status == 0, ended.errors
    assert "the gradient of these weights was exactly zero so far: dense" in ended.shown


def test_a_validation_that_is_not_finite_fails_the_run_and_names_the_node(author: Author) -> None:
    result = "x if training else x / tf.zeros_like(x)"
    ended = author.train(change(author, result), nodes=NODE, heads="change")
    assert ended.status == 1
    assert "the loss is not finite in the validation after " in ended.errors
    assert "first node whose output is not finite: change (block 'change', output 'x')" in ended.errors
    assert ended.recorded == "FAILED"
    (reason,) = ended.files("failure.txt")
    assert "not finite in the validation" in reason.read_text()
    assert ended.files("last.npz")
