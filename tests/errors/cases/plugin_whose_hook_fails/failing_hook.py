from registry.contract.hooks import hookimpl


@hookimpl
def register_blocks():
    raise ValueError("no blocks today")
