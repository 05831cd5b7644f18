"""Servers that tests start and end: mlflow's, plain or with basic authentication, and PostgreSQL."""

from __future__ import annotations

import getpass
import http.server
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

ADMIN, PASSWORD = "admin", "a-long-password-of-a-test"

PATIENCE = 180.0
"""Seconds until a server has to answer: machines of tests are busy."""


def free_port() -> int:
    """Return a port of this machine that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mlflow_server(folder: Path, store: str = "", authentication: bool = False) -> Iterator[str]:
    """Run `mlflow server` and yield its address; `store`: its database, by default one of SQLite in the folder."""
    port = free_port()
    places = ["--backend-store-uri", store or f"sqlite:///{folder}/mlflow.db"]
    places += ["--artifacts-destination", f"{folder}/files"]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    settings = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    settings["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    if authentication:
        (folder / "auth.ini").write_text(
            f"[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///{folder}/auth.db\n"
            f"admin_username = {ADMIN}\nadmin_password = {PASSWORD}\n"
            "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
        )
        command += ["--app-name", "basic-auth"]
        settings |= {"MLFLOW_AUTH_CONFIG_PATH": f"{folder}/auth.ini", "MLFLOW_FLASK_SERVER_SECRET_KEY": "of a test"}
    log = (folder / "server.log").open("w")
    process = subprocess.Popen([*command, *places], stdout=log, stderr=log, start_new_session=True, env=settings)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
        log.close()


@contextmanager
def older(server: str) -> Iterator[str]:
    """Stand before a server of mlflow and answer as mlflow 2 does: what is asked of logged models is not found."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if "logged-models" in self.path or self.path.endswith("/outputs"):
                self._send(404, b"<!doctype html><title>404 Not Found</title>", "text/html; charset=utf-8")
                return
            headers = {name: value for name, value in self.headers.items() if name not in ("Host", "Accept-Encoding")}
            asked = urllib.request.Request(server + self.path, content or None, headers, method=self.command)
            try:
                with urllib.request.urlopen(asked, timeout=60) as answer:
                    self._send(answer.status, answer.read(), answer.headers["Content-Type"])
            except urllib.error.HTTPError as error:
                self._send(error.code, error.read(), error.headers["Content-Type"])

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def _send(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return  # it answers, and asks for a password
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-2000:]}")


@contextmanager
def postgresql() -> Iterator[str]:
    """Run PostgreSQL on a database of its own and yield its address, with a password; skips where it is not there."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *map(Path, filter(None, [shutil.which("initdb")]))]
    if not found:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    if find_spec("psycopg") is None:
        pytest.skip("the driver of PostgreSQL is not installed (pip install psycopg[binary])")
    # It refuses to be run by root.
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    if user not in {entry.pw_name for entry in pwd.getpwall()}:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    folder = Path(tempfile.mkdtemp(prefix="postgresql"))
    port, programs = free_port(), found[0].resolve().parent

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        as_user = {"user": user} if os.geteuid() == 0 else {}
        with (folder / "log").open("a") as log:
            done = subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=False, timeout=PATIENCE, **as_user)  # type: ignore[call-overload]
        assert done.returncode == 0, (folder / "log").read_text()

    try:
        shutil.chown(folder, user)
        run("initdb", "-A", "trust", "-U", "mlflow", "--no-sync", "-E", "UTF8")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-w", "-t", "120", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://mlflow:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
