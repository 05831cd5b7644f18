"""Waits, with TensorFlow imported, and starts a copy of itself for every command that a client asks for (warm.py)."""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys

PACKAGES = (
    "tensorflow",
    "keras",
    "mlflow",
    "mlflow.store.tracking.sqlalchemy_store",
    "alembic.command",
    "numba",
    "networkx",
    "igraph",
    "pluggy",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
)
"""What takes long to import; nothing of the package itself, which may look at the environment when it is imported."""


def main() -> None:
    """Serve until the standard input is closed."""
    gc.disable()
    for name in PACKAGES:
        importlib.import_module(name)
    gc.freeze()  # no copy looks through all of that for what is not used any more
    gc.enable()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen()
        print("ready", flush=True)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            heard, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in heard:
                return
            client, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                serve(client)
            client.close()


def serve(client: socket.socket) -> None:
    """Start the command of a client, and send its exit status when it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    text, streams, _, _ = socket.recv_fds(client, 1 << 20, 3)
    process = os.fork()
    if process == 0:
        client.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        # Those there are know where in another file they are.
        sys.stdin = os.fdopen(0, closefd=False)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
        run(**json.loads(text))
    for stream in streams:
        os.close(stream)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    client.sendall(str(status).encode())
    os._exit(0)


def run(arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Do what `python -m MODULE ARGUMENTS` does."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    places = [place for place in environment.get("PYTHONPATH", "").split(os.pathsep) if place]
    sys.path[:1] = [folder, *(place for place in places if place not in sys.path)]
    assert arguments[0] == "-m"
    sys.argv = arguments[1:]
    runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
