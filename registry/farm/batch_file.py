"""Reads the file that describes the jobs of a batch system, and says of every fault where it is written."""

from __future__ import annotations

from pathlib import Path

from registry.configuration.parameters import validate
from registry.contract.errors import Origin, Problems
from registry.farm.batch_options import BatchOptions, seconds_of
from registry.language.files import read_text
from registry.language.value import Value
from registry.language.yaml_reader import read_yaml

HTCONDOR_ONLY = ("disk", "submit")
"""What the other batch systems do not have."""


def read_batch(file: str, where: Origin) -> BatchOptions:
    """Return what a file says of jobs; raises InputError, with the place of every fault."""
    problems = Problems()
    text = read_text(Path(file), where, problems)
    value = None if text is None else read_yaml(text, file, problems)
    options = validate(BatchOptions, value, "", problems) if value is not None else None
    if value is not None and options is not None:
        _check(options, value, problems)
    return problems.require(options)


def _check(options: BatchOptions, value: Value, problems: Problems) -> None:
    """Report what the batch system does not have, and times that leave nothing."""
    condor = options.kind == "htcondor"
    foreign = ("queue",) if condor else HTCONDOR_ONLY
    for name in foreign:
        if name in value.mapping:
            hint = "HTCondor has no queues: write `directives: ['+JobFlavour = \"longlunch\"']`, or what your site has"
            hint = hint if condor else f"{name} is for htcondor; others take `directives`"
            problems.error(f"{options.kind} knows no {name!r}", value.keys[name], hint=hint)
    if seconds_of(options.grace) >= seconds_of(options.walltime):
        message = f"expected a grace shorter than the walltime, received {options.grace!r} of {options.walltime!r}"
        place = value.mapping["grace"].origin if "grace" in value.mapping else value.mapping["walltime"].origin
        problems.error(message, place, hint="grace: time before the end at which tasks are asked to end")
    if options.tasks > options.cores:
        message = f"expected a core for each task, received {options.tasks} tasks and {options.cores} cores"
        problems.error(message, value.mapping["tasks"].origin, hint="cores: cores of a job, which its tasks share")
    for number, line in enumerate(options.directives):
        if condor and "=" not in line:
            place = value.nearest(["directives", number]).origin
            problems.error(f"expected `name = value` of a submit file, received {line!r}", place)
