from registry.hookspecs import hookimpl


@hookimpl
def register_blocks():
    raise ValueError("no blocks today")
