"""Reads the engine's options from a configuration, and says of every fault where it was written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args

from registry.configuration.evaluation import EvaluationOptions
from registry.configuration.options import (
    KERNELS_VARIABLE,
    SECTIONS,
    GeneralOptions,
    Options,
    PlottingOptions,
    Stage,
)
from registry.configuration.parameters import validate
from registry.configuration.training_options import LENGTHS, OptimizerOptions, StageOptions
from registry.contract.block import BlockParams
from registry.contract.errors import Problems
from registry.contract.spelling import did_you_mean, nearest_word
from registry.language.value import SURELY, Value

Params = TypeVar("Params", bound=BlockParams)


def read_options(config: Value, problems: Problems) -> Options | None:
    """Validate the engine's sections of a configuration; None if one of them is wrong (reported in `problems`)."""
    written: Mapping[str, Value] = config.data if isinstance(config.data, dict) else {}
    before = len(problems.errors)
    found = [_read(name, written.get(name), problems) for name, section in SECTIONS.items() if not section.stages]
    stages = read_stages(config, problems)
    _check_kernels(problems)
    # A place of which enough has been said adds no error: what was read says whether all is right.
    if None in found or len(problems.errors) > before:
        return None
    general, optimizer = _of_kind(GeneralOptions, found), _of_kind(OptimizerOptions, found)
    plotting, evaluation = _of_kind(PlottingOptions, found), _of_kind(EvaluationOptions, found)
    return Options(general, stages, optimizer, plotting, evaluation)


def _check_kernels(problems: Problems) -> None:
    """Report an environment variable that chooses kernels which are not there."""
    allowed = get_args(GeneralOptions.model_fields["kernels"].annotation)
    chosen = os.environ.get(KERNELS_VARIABLE, "")
    if chosen and chosen not in allowed:
        near = did_you_mean(chosen, allowed) or "unset it, or write auto, which chooses by device"
        message = f"environment variable {KERNELS_VARIABLE}: expected one of {', '.join(allowed)}; received {chosen!r}"
        problems.error(message, hint=near)


def _of_kind(kind: type[Params], found: Iterable[BlockParams | None]) -> Params:
    """Return the options of one section."""
    return next(options for options in found if isinstance(options, kind))


def _read(name: str, value: Value | None, problems: Problems) -> BlockParams | None:
    section = SECTIONS[name]
    if value is None or value.data is None:
        return section.options.model_construct()
    if section.shared and isinstance(value.data, dict):
        entries = {key: item for key, item in value.data.items() if key in section.keys}
        value = Value(entries, value.origin, value.keys)
    return validate(section.options, value, name, problems)


def read_stages(config: Value, problems: Problems) -> tuple[Stage, ...]:
    """Return the stages of a configuration; of one in which something is wrong (reported) only its selectors."""
    all_right = True
    value = config.data.get("Training") if isinstance(config.data, dict) else None
    if value is None or value.data is None:
        return ()
    if not isinstance(value.data, list):
        message = f"Training: expected a list of stages, received {value.received()}"
        problems.error(message, value.origin, hint="write `- batch_size: ...` for each stage")
        return ()
    stages = []
    for index, entry in enumerate(value.data):
        label, body = _split_label(entry)
        options = validate(StageOptions, body, f"Training.{index}", problems)
        all_right = _has_a_length(body, f"Training.{index}", problems) and all_right and options is not None
        stages.append(Stage(label or f"stage_{index + 1}", options or _selectors(body), body, bool(label)))
    if all_right:
        _explain_epochs(value, stages, problems)
    return tuple(stages)


def _has_a_length(body: Value, where: str, problems: Problems) -> bool:
    """Report a stage that does not say how long it is, or says it twice."""
    if not isinstance(body.data, dict):
        return False
    meant = {key: key if key in LENGTHS else nearest_word(key, LENGTHS, SURELY) for key in body.data}
    given = [key for key, length in meant.items() if length and body.data[key].data is not None]
    if len(given) == 1:
        return True
    expected = f"expected one of {', '.join(map(repr, LENGTHS))}"
    place = body.keys.get(given[1], body.origin) if given else body.origin
    received = f"received {' and '.join(map(repr, given))}" if given else "received none of them"
    problems.error(f"{where}: {expected}, {received}", place, hint="they say how long the stage is: epochs: 5")
    return False


def _selectors(body: Value) -> StageOptions:
    """Return what can be checked of a stage in which something is wrong: its selectors, as far as they are any."""
    plain = body.plain() if isinstance(body.data, dict) else {}
    changes = plain.get("set")
    known: dict[str, Any] = {"set": {}, "freeze": [], "unfreeze": []}
    if isinstance(changes, dict):
        known["set"] = {selector: item for selector, item in changes.items() if isinstance(item, dict)}
    for key in ("freeze", "unfreeze"):
        if isinstance(plain.get(key), list):
            known[key] = [selector for selector in plain[key] if isinstance(selector, str)]
    return StageOptions.model_construct(**known)


def _split_label(entry: Value) -> tuple[str, Value]:
    """Take a label written as `- stage_1:` off a stage: YAML reads it as a key without a value."""
    if not isinstance(entry.data, dict):
        return "", entry
    known = StageOptions.model_fields
    label, first = next(iter(entry.data.items()), ("", entry))
    if not label or first.data is not None or label in known or nearest_word(label, known, SURELY):
        return "", entry
    rest = {key: item for key, item in entry.data.items() if key != label}
    return label, Value(rest, entry.origin, entry.keys)


def _explain_epochs(value: Value, stages: list[Stage], problems: Problems) -> None:
    """Tell users of the HGCalML trainer, whose `epochs` were totals, how many epochs each stage gets here."""
    epochs = [stage.options.epochs for stage in stages if stage.options.epochs is not None]
    labelled = any(stage.label_written for stage in stages)
    if len(epochs) < 2 or not labelled or (epochs == sorted(epochs, reverse=True) and len(set(epochs)) == len(epochs)):
        return
    listing = " + ".join(str(count) for count in epochs)
    problems.warning(
        f"Training: epochs count per stage: {listing} = {sum(epochs)} epochs",
        value.origin,
        hint="in the HGCalML trainer they were totals reached at the end of each stage",
    )
