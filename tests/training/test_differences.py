"""What differs between a run and what would go on with it is refused by name, with both values and the place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from registry.contract.errors import Problem
from registry.training.checkpoint import Position
from registry.training.differences import Differences
from registry.training.identity import Identity
from tests.training.checkpoints import checked, identity_of
from tests.training.helpers import TINY

BEGUN = Position(stage=1, epoch=1, batch=0, step=9, epochs_done=3)
OPTIONS = TINY.parent / "tiny_options.yaml"


@pytest.fixture(scope="module")
def made() -> Identity:
    return identity_of()


def differences(made: Identity, *sets: str, position: Position = BEGUN, graph: Path = TINY) -> list[Problem]:
    opened, options = checked(*sets, graph=graph)
    return Differences(made, identity_of(*sets, graph=graph), position, opened, options, "the hint").find()


def test_the_same_training_differs_in_nothing(made: Identity) -> None:
    assert differences(made) == []


@pytest.mark.parametrize(
    ("setting", "message", "node"),
    [
        ("General.seed=4", "General.seed was 3 in the run, and is 4 now", ""),
        ("General.kernels=tensorflow", "General.kernels was auto in the run, and is tensorflow now", ""),
        ("Training.0.batch_size=700", "Training.0.batch_size was 800 in the run, and is 700 now", ""),
        ("Training.0.epochs=3", "Training.0.epochs was 2 in the run, and is 3 now", ""),
        ("Training.1.learning_rate=0.1", "Training.1.learning_rate was 0.001 in the run, and is 0.1 now", ""),
        (
            "Training.1.freeze=[heads]",
            'Training.1.freeze was ["iterations.0.dense"] in the run, and is ["heads"] now',
            "",
        ),
        ("Optimizer.name=adam", "Optimizer.name was nadam in the run, and is adam now", ""),
        ("Optimizer.clipnorm=null", "Optimizer.clipnorm was 1.0 in the run, and is null now", ""),
        ("Data.options.max_energy=4.0", "parameter 'max_energy' was 5.0 in the run, and is 4.0 now", "event"),
    ],
)
def test_an_option_is_named_with_both_values_and_its_place(
    setting: str, message: str, node: str, made: Identity
) -> None:
    (problem,) = differences(made, setting)
    assert (problem.severity, problem.message, problem.node) == ("error", message, node)
    assert str(problem.origin) == f"--set {setting}"
    assert problem.hint == "the hint"


def with_graph(tmp_path: Path, old: str, new: str) -> Path:
    text = TINY.read_text().replace("tiny_options.yaml", str(OPTIONS))
    assert old in text
    (tmp_path / "tiny.yaml").write_text(text.replace(old, new))
    return tmp_path / "tiny.yaml"


@pytest.mark.parametrize(
    ("old", "new", "message", "node"),
    [
        (
            "in: iterations.x,",
            "in: {x: 'iterations[0].dense.x'},",
            "input 'x' was iterations.1.norm.x in the run",
            "heads",
        ),
        ("n_ccoords: 2", "n_ccoords: 3", "parameter 'n_ccoords' was 2 in the run, and is 3 now", "heads"),
        ("loss: {use", "other: {use", "the run's graph has nodes that this one has not: loss", ""),
        (", row_splits: pre.row_splits", "", "the output 'row_splits' was pre.row_splits in the run, and is not", ""),
    ],
)
def test_what_the_graph_says_is_compared_node_by_node(
    old: str, new: str, message: str, node: str, made: Identity, tmp_path: Path
) -> None:
    problems = differences(made, graph=with_graph(tmp_path, old, new))
    found = {problem.node: problem.message for problem in reversed(problems)}
    assert found[node].startswith(message)


def test_a_stage_that_is_no_longer_there(made: Identity) -> None:
    only_first = "Training=[{batch_size: 800, learning_rate: 1.0e-2, epochs: 2}]"
    (problem,) = differences(made, only_first)
    said = "the run has begun stage 2 (batch_size 800, learning_rate 0.001, epochs 1) of 2, which is not there now"
    assert problem.message == said


def test_a_stage_that_has_not_begun_may_be_another_one_or_none(made: Identity) -> None:
    first = Position(stage=0, epoch=1, batch=0, step=4, epochs_done=1)
    assert differences(made, "Training.1.learning_rate=0.1", position=first) == []
    assert differences(made, "Training=[{batch_size: 800, learning_rate: 1.0e-2, epochs: 2}]", position=first) == []


def test_stages_may_be_appended_and_the_last_one_may_be_longer(made: Identity) -> None:
    assert differences(made, "Training.1.epochs=4") == []
    stages = checked()[1].stages
    appended = [stage.value.plain() for stage in stages] + [{"batch_size": 400, "learning_rate": 0.1, "epochs": 1}]
    assert differences(made, f"Training={appended}") == []


def test_the_last_stage_keeps_its_length_where_the_learning_rate_depends_on_it() -> None:
    falling = "Training.1.final_learning_rate=1.0e-5"
    (problem,) = differences(identity_of(falling), falling, "Training.1.epochs=4")
    assert problem.message == "Training.1.epochs was 1 in the run, and is 4 now"


def test_the_last_stage_is_no_shorter_than_it_was_trained() -> None:
    longer = "Training.1.epochs=5"
    done = replace(BEGUN, epoch=4)
    assert differences(identity_of(longer), "Training.1.epochs=4", position=done) == []
    assert len(differences(identity_of(longer), "Training.1.epochs=3", position=done)) == 1


def test_events_and_code_are_known_by_their_fingerprints(made: Identity) -> None:
    other = replace(made, data="ab" * 32, fingerprints={"code": "cd" * 8}, code={"layer.py of plugin mine.py": "ef"})
    data, code = differences(other)
    assert data.message.startswith("the events were others in the run: their fingerprint was abababababababab, and ")
    assert code.message.startswith(
        "the code has changed since the run began (layer.py of plugin mine.py): fingerprint "
    )


def test_versions_and_what_only_looks_are_warned_of(made: Identity) -> None:
    other = replace(made, versions={**made.versions, "keras": "0.1"}, monitors={"clusters": {"use": "clustering"}})
    found = differences(other, "Plotting.record_frequency=7")
    assert {problem.severity for problem in found} == {"warning"}
    keras, plotting, monitors = (problem.message for problem in found)
    assert keras.startswith("keras had version 0.1 when the run began, and has ")
    assert plotting == "Plotting.record_frequency was 2 in the run, and is 7 now"
    assert monitors == "not as when the run began: clusters"


def test_of_many_differences_the_first_are_shown(made: Identity) -> None:
    settings = [f"Training.{stage}.{name}" for stage in (0, 1) for name in ("batch_size=5000", "learning_rate=0.3")]
    settings += [f"Optimizer.{name}" for name in ("beta_1=0.1", "beta_2=0.2", "epsilon=0.3", "weight_decay=0.4")]
    found = differences(made, *settings, "General.seed=9")
    assert len(found) == 9
    assert found[-1].message == "1 more differences: of options"
