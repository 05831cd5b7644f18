"""Opens the place runs are kept in: the local store beside the working folder, or a tracking server."""

from __future__ import annotations

import fcntl
import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import TYPE_CHECKING

from registry.contract.errors import RunError
from registry.contract.secrets import without_passwords
from registry.contract.tracker import RUNS_FOLDER, Naming

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment

LOCAL_DATABASE = RUNS_FOLDER / "mlflow.db"
LOCAL_URI = f"sqlite:///{LOCAL_DATABASE}"
SQLITE = b"SQLite format 3\0"
"""How the file of a SQLite database begins, unless it is empty."""

LOCAL_ARTIFACTS = f"{RUNS_FOLDER}/artifacts"

DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}
"""Set where the user has not: no usage data, no notices or bars in between, and no long wait for a silent server."""

SYSTEM_METRICS = "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING"
"""The variable by which mlflow is told to measure the machine."""

KIND = {"mlflow.experimentKind": "custom_model_development"}
"""The tag by which mlflow's page shows an experiment as trainings, and not as conversations with a language model."""

LONGEST = 1000
"""Characters of what mlflow says of an error that are shown: the remedy stands at its end."""

CONNECT_SECONDS = 8
"""How long a server may take to answer before training starts; later requests have more time, and are repeated."""


def tracking_uri() -> str:
    """Return `MLFLOW_TRACKING_URI`, or the store under `mlruns/` of the current folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or LOCAL_URI


def open_client(uri: str) -> MlflowClient:
    """Return an mlflow client; mlflow's own notices are silenced, and it sends no usage data.

    Raises RunError for a folder, which mlflow 3 writes to no more.
    """
    _refuse_folder(uri)
    for variable, value in DEFAULTS.items():
        os.environ.setdefault(variable, value)
    import mlflow

    for name in ("alembic", "mlflow.tracking", "mlflow.store.tracking", "mlflow.pyfunc", "mlflow.models"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Every failure of the store reaches us as an exception, and is said once, without the traceback it logs.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    if uri != LOCAL_URI:
        return mlflow.MlflowClient(uri)
    RUNS_FOLDER.mkdir(exist_ok=True)
    _require_database()
    with _alone():
        # mlflow keeps opened stores by address: the same relative one in another folder would be the first one's.
        return mlflow.MlflowClient(f"sqlite:///{LOCAL_DATABASE.absolute()}")


def _require_database() -> None:
    """Raise RunError for a file that is no database: mlflow would try to open it again and again, for many minutes."""
    with suppress(FileNotFoundError), LOCAL_DATABASE.open("rb") as file:
        begins = file.read(len(SQLITE))
        if begins not in (b"", SQLITE):
            raise RunError(
                f"the local tracking store {LOCAL_URI} cannot be opened: {LOCAL_DATABASE} is no SQLite database\n"
                "  bring it back from a copy, or move it away to begin a new store"
            )


def run_error(uri: str, error: Exception) -> RunError:
    """Return the error that says why a store or server cannot be used."""
    return RunError(_unreachable(uri, error))


def open_experiment(name: str) -> tuple[MlflowClient, str]:
    """Return a client and the identifier of an experiment, which is made if there is none of that name.

    Raises RunError if the store or server does not answer, or the experiment was deleted.
    """
    uri = tracking_uri()
    if uri == LOCAL_URI and RUNS_FOLDER.is_dir() and not os.access(RUNS_FOLDER, os.W_OK):
        raise RunError(_unreachable(uri, PermissionError(f"{RUNS_FOLDER} cannot be written to")))
    try:
        client = open_client(uri)
        with _impatient():
            found = client.get_experiment_by_name(name)
            experiment = found.experiment_id if found else _create(client, name, uri)
            if uri == LOCAL_URI and found and not client.search_runs([experiment], max_results=1):
                _make_relative(experiment)
    except RunError:
        raise
    except Exception as error:
        raise run_error(uri, error) from error
    if found and found.lifecycle_stage == "deleted":
        raise RunError(_deleted(found))
    return client, experiment


def naming() -> Naming:
    """Return the experiment and the run that mlflow's own variables of the environment name.

    Raises RunError if MLFLOW_EXPERIMENT_ID names none.
    """
    variables = os.environ.get
    run, name, number = (variables(f"MLFLOW_{key}", "") for key in ("RUN_NAME", "EXPERIMENT_NAME", "EXPERIMENT_ID"))
    measured = os.environ.get(SYSTEM_METRICS, "").lower() in ("true", "1")
    system = f"{SYSTEM_METRICS}=true" if measured else ""
    if name or not number:
        return Naming(name, run, f"MLFLOW_EXPERIMENT_NAME={name}" if name else "", system)
    uri = tracking_uri()
    try:
        with _impatient():
            experiment = open_client(uri).get_experiment(number)
    except RunError:
        raise
    except Exception as error:
        raise RunError(f"MLFLOW_EXPERIMENT_ID={number}: {_unreachable(uri, error)}") from error
    return Naming(experiment.name, run, f"MLFLOW_EXPERIMENT_ID={number}", system)


def _refuse_folder(uri: str) -> None:
    """Raise RunError for the address of a folder, unless mlflow was told to go on with those."""
    scheme, _, path = uri.partition(":") if ":" in uri else ("", "", uri)
    is_folder = scheme in ("", "file") or len(scheme) == 1
    allowed = os.environ.get("MLFLOW_ALLOW_FILE_STORE", "").lower() in ("true", "1")
    if not is_folder or allowed or uri in ("databricks", "databricks-uc"):
        return
    folder = re.sub("^//(localhost)?(?=/)", "", path) if scheme == "file" else uri
    database = f"sqlite:///{folder.removeprefix('./').rstrip('/')}/mlflow.db"
    raise RunError(
        f"MLFLOW_TRACKING_URI={uri} is a folder, the store of mlflow 2; mlflow 3 does not write to it\n"
        f"  write {database} instead, or unset it to log to {LOCAL_URI};\n"
        "  `mlflow migrate-filestore` copies the runs of a folder to a database\n"
        "  (MLFLOW_ALLOW_FILE_STORE=true uses the folder as it is)"
    )


def _create(client: MlflowClient, name: str, uri: str) -> str:
    from mlflow.exceptions import MlflowException

    try:
        experiment = client.create_experiment(name, tags=KIND)
    except MlflowException:
        # Two runs that start together both want to make it: the second finds it there.
        found = client.get_experiment_by_name(name)
        if found is None:
            raise
        return str(found.experiment_id)
    if uri == LOCAL_URI:
        _make_relative(experiment)
    return str(experiment)


def _make_relative(experiment: str) -> None:
    """Keep the experiment's files at a path relative to the working folder.

    mlflow makes every local path absolute, so that a store that was moved or mounted elsewhere (sshfs) would lose its
    files; relative to the folder that holds `mlruns`, they are found wherever that is.
    """
    location = f"{LOCAL_ARTIFACTS}/{experiment}"
    with closing(sqlite3.connect(LOCAL_DATABASE, timeout=30)) as database, database:
        database.execute("UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?", (location, experiment))


@contextmanager
def _alone() -> Iterator[None]:
    """Let runs that start together open the local store one after the other: mlflow makes its tables unguarded."""
    with ExitStack() as stack:
        # A folder that is read only, or without locks, is opened as it is.
        with suppress(OSError):
            file = stack.enter_context((RUNS_FOLDER / "opening.lock").open("w"))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


NOT_ALLOWED = (401, 403)
"""What a server answers to somebody whom it does not know, or who may not do what was asked."""


def _unreachable(uri: str, error: Exception) -> str:
    from mlflow.exceptions import MlflowException

    shown = without_passwords(uri)
    reason = without_passwords(root_cause(error))
    if uri == LOCAL_URI:
        return f"the local tracking store {shown} cannot be opened: {reason}"
    hint = f"start it, correct the address, or unset MLFLOW_TRACKING_URI to log to {LOCAL_URI}"
    if isinstance(error, MlflowException) and error.get_http_status_code() in NOT_ALLOWED:
        hint = "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, say who may use it"
    return f"the tracking server {shown} (MLFLOW_TRACKING_URI) cannot be used: {reason}\n  {hint}"


def _deleted(experiment: Experiment) -> str:
    return (
        f"the experiment {experiment.name!r} was deleted in {without_passwords(tracking_uri())}\n"
        f"  restore it: mlflow experiments restore --experiment-id {experiment.experiment_id}\n"
        f"  or log to another one: --set General.experiment=NAME"
    )


def root_cause(error: BaseException) -> str:
    """Return the line of an error that says why; of urllib3's nested ones only the innermost, "Connection refused"."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    # SQLAlchemy may put a remark of its own before what the database said.
    first = next((line for line in lines if not line.startswith("(raised as a result of")), lines[0])
    _, _, nested = first.partition("(Caused by ")
    return re.split(r": |, ", nested)[-1].strip("\"'() ") if nested else first[:LONGEST]


@contextmanager
def _impatient() -> Iterator[None]:
    """Let requests fail early: nothing has been computed yet that would be lost."""
    wanted = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": str(CONNECT_SECONDS)}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ |= wanted
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
