from registry.contract.block import Block
from registry.contract.hooks import hookimpl


@hookimpl
def register_blocks():
    return [3, Block]
