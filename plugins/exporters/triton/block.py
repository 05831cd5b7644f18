"""Declares the exporter to a model folder of the Triton inference server."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from registry.contract.exporter import Tensor
from registry.plugins.exporters.onnx.block import REQUEST, Onnx

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from registry.contract.exporter import Exportable

TYPES = {
    "bool": "BOOL", "float16": "FP16", "float32": "FP32", "float64": "FP64", "int8": "INT8", "int16": "INT16",
    "int32": "INT32", "int64": "INT64", "uint8": "UINT8", "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64",
}  # fmt: skip
"""What Triton calls the types of numbers."""

SERVED = """\
Put this folder into a model repository, and start the server with it: `tritonserver --model-repository REPOSITORY`.
A request by tritonclient (`pip install 'tritonclient[grpc]'`), with `columns` as below:

    import tritonclient.grpc as triton

    client = triton.InferenceServerClient("localhost:8001")
    inputs = []
    for name, values in columns.items():
        inputs.append(triton.InferInput(name, values.shape, triton.np_to_triton_dtype(values.dtype)))
        inputs[-1].set_data_from_numpy(values)
    answer = client.infer({name!r}, inputs)
    {output} = answer.as_numpy({output!r})"""


class Triton(Onnx):
    """Writes a folder that the Triton inference server serves: `config.pbtxt`, and the network as `1/model.onnx`.

    The folder's name is the model's, as Triton wants it. Batches are made of row splits, so that Triton makes none
    itself (`max_batch_size: 0`). The network is written as the exporter `onnx` writes it.
    Source: https://github.com/triton-inference-server/server, docs/user_guide/model_configuration.md.
    """

    name: ClassVar[str] = "triton"
    ending = ""

    def write(self, network: Exportable, place: Path) -> None:
        (place / "1").mkdir()
        super().write(network, place / "1" / "model.onnx")
        (place / "config.pbtxt").write_text(config(network), encoding="utf-8")

    def request(self, network: Exportable) -> str:
        return REQUEST.format(place='arguments[0] + "/1/model.onnx"')

    def notes(self, network: Exportable) -> Sequence[str]:
        output = network.outputs[0].name
        return [*super().notes(network), SERVED.format(name=network.name, output=output)]


def config(network: Exportable) -> str:
    """Return the text of `config.pbtxt`."""
    lines = [f'name: "{network.name}"', 'platform: "onnxruntime_onnx"', "max_batch_size: 0"]
    for side, tensors in (("input", network.inputs), ("output", network.outputs)):
        lines += [f"{side} [", ",\n".join(_entries(tensors)), "]"]
    return "\n".join([*lines, ""])


def _entries(tensors: Iterable[Tensor]) -> list[str]:
    return [
        f'  {{ name: "{tensor.name}" data_type: TYPE_{TYPES[tensor.dtype]} '
        f"dims: [{', '.join('-1' if size is None else str(size) for size in tensor.shape)}] }}"
        for tensor in tensors
    ]


BLOCKS = (Triton,)
