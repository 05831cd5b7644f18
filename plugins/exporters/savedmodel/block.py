"""Declares the exporter to TensorFlow's SavedModel."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from registry.contract.exporter import Exporter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from registry.contract.exporter import Exportable

REQUEST = '''\
import tensorflow as tf

serve = tf.saved_model.load(arguments[0]).signatures["serve"]


def predict(columns):
    """Return the outputs by name, arrays [hits, width], of the columns of some events."""
    made = serve(**{name: tf.constant(values) for name, values in columns.items()})
    return {name: values.numpy() for name, values in made.items()}
'''


class SavedModel(Exporter):
    """Writes a folder in TensorFlow's format SavedModel, with the signature `serve`.

    It runs wherever TensorFlow does: in Python, in C++, under TensorFlow Serving. The neighbour search and the sums
    over neighbours are made of TensorFlow's own operations.
    Source: https://www.tensorflow.org/guide/saved_model, written by `keras.export.ExportArchive`.
    """

    name: ClassVar[str] = "savedmodel"
    packages = ("tensorflow",)

    def write(self, network: Exportable, place: Path) -> None:
        import keras

        archive = keras.export.ExportArchive()
        archive.track(network.keras_model)
        archive.add_endpoint("serve", network.call)
        archive.write_out(str(place), verbose=False)

    def request(self, network: Exportable) -> str:
        return REQUEST

    def notes(self, network: Exportable) -> Sequence[str]:
        import tensorflow as tf

        return [f"Written by TensorFlow {tf.__version__}; TensorFlow is needed to run it."]


BLOCKS = (SavedModel,)
