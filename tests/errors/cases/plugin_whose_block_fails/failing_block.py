from registry.contract.block import Block, Port
from registry.contract.hooks import hookimpl


class Made(Block):
    """A block of a plugin."""

    name = "from_a_plugin"
    kind = "layer"
    inputs = (Port("x", "hits features", "what to take"),)
    outputs = (Port("x", "hits features", "what to give"),)

    def output_types(self, inputs, bindings, node):
        raise KeyError("widths")


@hookimpl
def register_blocks():
    return [Made]
