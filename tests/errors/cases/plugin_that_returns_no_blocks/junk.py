from registry.block import Block
from registry.hookspecs import hookimpl


@hookimpl
def register_blocks():
    return [3, Block]
