"""Declares the exporter to ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from registry.contract.block import BlockParams, param
from registry.contract.exporter import Exporter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from registry.contract.exporter import Exportable

OPSET = 18

REQUEST = '''\
import onnxruntime

session = onnxruntime.InferenceSession({place})
names = [output.name for output in session.get_outputs()]
taken = [given.name for given in session.get_inputs()]


def predict(columns):
    """Return the outputs by name, arrays [hits, width], of the columns of some events."""
    return dict(zip(names, session.run(names, {{name: columns[name] for name in taken}})))
'''

COST = (
    "The neighbour search compares every hit with every hit of its event, in blocks of 512 x 4096 numbers (8 MiB): its "
    "time grows with the square of an event's hits, its memory does not. The search of the training grows more slowly: "
    "the table shows both."
)


class Onnx(Exporter):
    """Writes a file in the format ONNX, which onnxruntime runs in Python, C++ and other languages without TensorFlow.

    All operations are ONNX's own. The neighbour search is composed of them: it compares every hit with every hit of its
    event, in blocks of 512 x 4096, so that memory stays bounded and the time grows with the square of an event's hits.
    Errors: an operation that ONNX does not have; the node that it belongs to is named.
    Source: https://onnx.ai, written by tf2onnx (https://github.com/onnx/tensorflow-onnx).
    """

    name: ClassVar[str] = "onnx"
    ending = ".onnx"
    packages = ("tf2onnx", "onnx", "onnxruntime")
    without = ("tensorflow", "keras", "tf2onnx", "onnx")

    class Params(BlockParams):
        """The version of the operations."""

        opset: int = param(OPSET, "version of ONNX's operations", ge=OPSET, le=18)

    def write(self, network: Exportable, place: Path) -> None:
        from registry.plugins.exporters.onnx.converting import convert

        convert(network, place, self.params.opset)

    def request(self, network: Exportable) -> str:
        return REQUEST.format(place="arguments[0]")

    def notes(self, network: Exportable) -> Sequence[str]:
        return [f"Operations of ONNX's opset {self.params.opset}; onnxruntime alone is needed to run it.", COST]


BLOCKS = (Onnx,)
