"""Every layer that is saved is described and made again from its description, before anything is trained."""

from __future__ import annotations

import json
import random
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from registry.compiling.layers import author_place, said, whole_tracebacks
from registry.contract.errors import InputError, Problem
from registry.contract.failures import FAILURES, failure, received
from registry.wiring.checked_graph import CheckedGraph, CheckedNode

_UNKNOWN = re.compile(r"Could not locate class '([^']+)'")
"""What Keras says of a class that is not registered."""

_NAMED = (
    "expected a constructor that ends in `**kwargs`, by that name, and hands them to `super().__init__(**kwargs)`; or\n"
    "a get_config() that returns {**super().get_config(), ...}: by itself Keras keeps the name of no other layer"
)

PACKAGE = '@keras.saving.register_keras_serializable("{package}")'


def check_configurations(checked: CheckedGraph, layers: Mapping[str, keras.layers.Layer], saved: Iterable[str]) -> None:
    """Raise InputError with every layer of `saved` nodes that cannot be made again from its `get_config`."""
    problems: dict[type, Problem] = {}
    with whole_tracebacks(), same_random_numbers(), warnings.catch_warnings():
        # What Keras warns of is found in reading back.
        warnings.simplefilter("ignore")
        for path in saved:
            layer = layers[path]
            if type(layer) not in problems and (problem := _fault(path, checked.nodes[path], layer)):
                problems[type(layer)] = problem
    if problems:
        raise InputError(problems.values())


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """Put back the states of random numbers that new layers take their seeds from."""
    state, numbers = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(state)
        np.random.set_state(numbers)


def _fault(path: str, node: CheckedNode, layer: keras.layers.Layer) -> Problem | None:
    subject = f"block {node.block.name!r}: its layer {type(layer).__name__} cannot be saved"
    place = author_place(type(layer), "get_config", node)
    try:
        text = _described(layer)
    except _NoText as error:
        return Problem(f"{subject}: {error}", place, path, "expected numbers, texts, lists and dicts, or Keras objects")
    except FAILURES as error:
        found = failure(f"{subject}: get_config() failed: {said(error)}", error)
        return Problem(found.message, place, path, found.hint)
    try:
        again = keras.saving.deserialize_keras_object(json.loads(text))
    except FAILURES as error:
        return _not_made_again(subject, path, node, layer, error)
    if type(again) is not type(layer):
        message = f"{subject}: it is read back as the layer {type(again).__module__}.{type(again).__qualname__}"
        return Problem(
            message, author_place(type(layer), "", node), path, f"register it under another name: {_mark(layer)}"
        )
    if again.name != layer.name:
        message = f"{subject}: read back, it has the name {again.name!r}, not {layer.name!r}"
        return Problem(message, author_place(type(layer), "__init__", node), path, _NAMED)
    changed = _changed(json.loads(text)["config"], json.loads(_described(again))["config"])
    if changed:
        hint = "expected get_config() to return the arguments of the constructor as they are now"
        return Problem(f"{subject}: read back, {changed}", place, path, hint)
    return None


class _NoText(Exception):
    """A value of a configuration that a file cannot hold."""


def _described(layer: keras.layers.Layer) -> str:
    """Return a layer's description as a file holds it; raise _NoText for a value that it cannot hold."""
    try:
        return json.dumps(keras.saving.serialize_keras_object(layer))
    except FAILURES:
        for name, value in layer.get_config().items():
            try:
                json.dumps(keras.saving.serialize_keras_object(value))
            except FAILURES as error:
                raise _NoText(f"get_config() returns {received(value)} as {name!r}") from error
        raise


def _not_made_again(
    subject: str, path: str, node: CheckedNode, layer: keras.layers.Layer, error: BaseException
) -> Problem:
    unknown = _UNKNOWN.search(str(error))
    if unknown and unknown[1] == type(layer).__name__:
        message = f"{subject}: Keras does not know its class when it reads the model"
        return Problem(message, author_place(type(layer), "", node), path, f"put {_mark(layer)} above the class")
    if unknown:
        message = f"{subject}: Keras does not know the class {unknown[1]!r}, which get_config() returns an object of"
        return Problem(message, author_place(type(layer), "", node), path, f"put {_mark(layer)} above that class")
    message = f"{subject}: what get_config() returns does not make it again: {said(error)}"
    hint = "expected get_config() to return what the constructor takes, as numbers, texts, lists and dicts"
    return Problem(message, author_place(type(layer), "get_config", node), path, hint)


def _mark(layer: keras.layers.Layer) -> str:
    return PACKAGE.format(package=type(layer).__module__.rpartition(".")[2])


def _changed(before: Any, after: Any) -> str:
    """Return the first argument that is another one after a layer was read back."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return "" if before == after else "its configuration is another one"
    for name in [*before, *after]:
        if before.get(name) != after.get(name):
            return f"{name!r} is {after.get(name)!r}, and was {before.get(name)!r}"
    return ""
