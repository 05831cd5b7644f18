"""The Keras layers of blocks that functions are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from registry.contract.errors import Problem
from registry.contract.failures import PluginFault, function_place, wrong_result
from registry.contract.function_block import function_of
from registry.contract.function_graph import remade
from registry.contract.function_registry import FunctionBlock
from registry.contract.layer import VERSION
from registry.contract.transform_layer import TransformLayer


class _OfFunction(keras.layers.Layer):  # type: ignore[misc]
    """What these layers have in common: they are saved by the name of the block, and know its function.

    `function`, `module`: of the block; `parameters`: what the function takes beside tensors.
    """

    def __init__(self, function: str, module: str, parameters: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function, self.module, self.parameters = function, module, dict(parameters)
        # In a function, for Keras wraps the objects that are attributes.
        known = function_of(self.name, function, module)
        self._block: Callable[[], type[FunctionBlock]] = lambda: known

    @property
    def kind(self) -> type[FunctionBlock]:
        """The block."""
        return self._block()

    def result(self, *tensors: Any, **named: Any) -> Any:
        """Return what the function makes of tensors, with its parameters."""
        return self.with_parameters(self.parameters, *tensors, **named)

    def with_parameters(self, parameters: Mapping[str, Any], /, *tensors: Any, **named: Any) -> Any:
        """Return what the function makes of tensors, with these parameters."""
        params = self.kind.Params(**parameters)
        return self.kind.function(*tensors, **named, **{name: getattr(params, name) for name in parameters})

    def schedule(self, name: str, value: Any) -> None:
        """Set a parameter between two training stages; raises ValueError if it is none, or the value wrong."""
        if name not in self.parameters:
            raise ValueError(f"block {self.kind.name!r} has no parameter {name!r}")
        params = self.kind.Params(**{**self.parameters, name: value})
        self.take({**self.parameters, name: getattr(params, name)}, name)

    def take(self, parameters: dict[str, Any], name: str) -> None:
        """Take other parameters, of which the one of this name has changed."""
        self.parameters = parameters

    @contextmanager
    def without_weights(self) -> Iterator[None]:
        """Raise PluginFault for weights that the function makes: it is called for every batch."""

        def refused(make: Any, **arguments: Any) -> Any:
            if arguments.get("trainable"):
                message = f"block {self.kind.name!r}: the function makes a layer with weights, for every batch anew"
                hint = "expected a function of its tensors alone; a layer belongs into a node of its own"
                raise PluginFault(Problem(message, function_place(self.kind.function), hint=hint))
            return make(**arguments)

        with tf.variable_creator_scope(refused):
            yield

    def wrong(self, result: Any, expected: str) -> PluginFault:
        """Return the fault of a function that has returned something else than expected."""
        return wrong_result(f"block {self.kind.name!r}", self.kind.function, "the function", result, expected)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor, and the version of the block where it is not the first."""
        own = {"function": self.function, "module": self.module, "parameters": self.parameters}
        version = self.kind.version
        return {**super().get_config(), **own, **({VERSION: version} if version > 1 else {})}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return the layer of a configuration; raises InputError without its function, or of another version of it."""
        arguments = dict(config)
        version = arguments.pop(VERSION, 1)
        function_of(str(config.get("name")), config["function"], config["module"], version)
        return cls(**arguments)


@keras.saving.register_keras_serializable("registry")
class FunctionLayer(_OfFunction):
    """Calls a function once, on tensors of the shapes that it is given, and then what came of it.

    The layers that the function makes are kept in a model, so that their weights are trained and saved.
    """

    _inner: keras.Model | None = None

    def __call__(self, given: Any = None, /, *, training: bool | None = None, **inputs: Any) -> Any:
        """Return what the function makes of tensors by port."""
        tensors = {**(given or {}), **inputs}
        if self._inner is None:
            self._make(tensors)
        return super().__call__(tensors, **({} if training is None else {"training": training}))

    def _make(self, tensors: dict[str, Any]) -> None:
        """Call the function on symbols of these shapes."""
        symbols = {
            port: keras.Input(tuple(tensor.shape)[1:], dtype=keras.backend.standardize_dtype(tensor.dtype), name=port)
            for port, tensor in tensors.items()
        }
        self._inner = keras.Model(symbols, self._returned(self.parameters, symbols), name="function")
        self.built = True

    def _returned(self, parameters: Mapping[str, Any], symbols: dict[str, Any]) -> Any:
        """Return what the function makes of symbols; raises PluginFault for something else than is declared."""
        result = self.with_parameters(parameters, **symbols)
        names = [port.name for port in self.kind.outputs]
        found = result if isinstance(result, dict) else {names[0]: result}
        if set(found) != set(names) or not all(isinstance(item, keras.KerasTensor) for item in found.values()):
            dictionary = f"a dict of tensors with the keys {', '.join(map(repr, names))}"
            one = f"a tensor, {names[0]!r}" + ("; is there no `return`?" if result is None else "")
            raise self.wrong(_described(result), one if len(names) == 1 else dictionary)
        return result

    def take(self, parameters: dict[str, Any], name: str) -> None:
        """Take other parameters: the function is called again, and its layers keep their weights."""
        if self._inner is not None:
            self._inner = self.with_value(name, parameters[name])
        super().take(parameters, name)

    def with_value(self, name: str, value: Any) -> keras.Model:
        """Return the model that there is with another value of a parameter; raises PluginFault if there is none."""
        parameters = {**self.parameters, name: value}
        return remade(self.kind, self._network(), name, lambda symbols: self._returned(parameters, symbols))

    def call(self, tensors: dict[str, Any], training: bool | None = None) -> Any:
        """Return what the function makes of tensors by port."""
        return self._network()(tensors, training=training)

    def compute_output_spec(self, tensors: dict[str, Any], **_: Any) -> Any:
        """Return what the function made of symbols, for as many rows as are given."""
        return self._network().compute_output_spec(tensors)

    def _network(self) -> keras.Model:
        if self._inner is None:
            raise RuntimeError(f"the function {self.function!r} was not called yet")
        return self._inner


@keras.saving.register_keras_serializable("registry")
class FunctionLossLayer(_OfFunction):
    """Calls a function for every batch: it returns a scalar, or a dict of "loss" and its terms."""

    def __call__(self, given: Any = None, /, *, training: bool | None = None, **inputs: Any) -> Any:
        """Return the scalars of tensors by port, the same in training as elsewhere."""
        return super().__call__({**(given or {}), **inputs})

    def call(self, tensors: dict[str, Any]) -> dict[str, Any]:
        """Return the scalars of tensors by port."""
        with self.without_weights():
            result = self.result(**tensors)
        found = result if isinstance(result, dict) else {"loss": result}
        wanted = self._names()
        if set(found) != set(wanted) or not all(_is_scalar(value) for value in found.values()):
            one = "a scalar" if len(wanted) == 1 else f"a dict of scalars with the keys {', '.join(map(repr, wanted))}"
            raise self.wrong(_described(result), one)
        return {name: found[name] for name in wanted}

    def compute_output_spec(self, tensors: dict[str, Any], **_: Any) -> dict[str, keras.KerasTensor]:
        """Return a scalar for "loss" and for every term."""
        return {name: keras.KerasTensor((), dtype=self.compute_dtype) for name in self._names()}

    def _names(self) -> list[str]:
        return ["loss", *getattr(self.kind, "terms", ())]


@keras.saving.register_keras_serializable("registry")
class FunctionTransformLayer(_OfFunction, TransformLayer):
    """Hands chosen columns to a function, and all others on.

    Input shape: features [hits, features]; rest: any columns by name. Output shape: the same.
    """

    def __init__(
        self, function: str, module: str, parameters: dict[str, Any], columns: list[int] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(function, module, parameters, **kwargs)
        self.columns = columns

    def changed(self, x: Any) -> Any:
        """Return what the chosen columns [hits, columns] become, of the same shape."""
        with self.without_weights():
            result = self.result(x)
        if not keras.ops.is_tensor(result) or result.shape.rank != 2 or result.shape[-1] != x.shape[-1]:
            raise self.wrong(_described(result), f"a tensor [hits, {x.shape[-1]}], as it was given")
        return result

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "columns": self.columns}


def _is_scalar(value: Any) -> bool:
    return bool(keras.ops.is_tensor(value)) and value.shape.rank == 0 and keras.backend.is_float_dtype(value.dtype)


def _described(result: Any) -> Any:
    """Return what a function has returned as messages show it: tensors by their shapes."""
    if keras.ops.is_tensor(result) or isinstance(result, keras.KerasTensor):
        return _Shown(f"a tensor {list(result.shape)} {keras.backend.standardize_dtype(result.dtype)}")
    if isinstance(result, dict):
        return {key: _described(value) for key, value in result.items()}
    return result


class _Shown(str):
    """A text that stands for itself in messages."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
