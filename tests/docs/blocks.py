"""Finds the code blocks of a page and runs them as a reader would, in a folder of their own.

- A block with a title (```yaml title="graphs/mine.yaml") is written to that file.
- `bash` runs in a shell that stops at the first error; `python` runs in one interpreter for the whole page.
- `yaml` is read; one that is a whole graph is checked.
- A line `<!-- not run: REASON -->` above a block leaves it out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.contract.errors import Problems
from registry.language.yaml_reader import read_yaml
from registry.wiring.opening import open_graph
from tests.conftest import REFERENCE
from tests.warm import warm_python

ROOT = Path(__file__).parents[2]
LANGUAGES = ("bash", "python", "yaml", "text")
FENCE = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]+) -->\n+)?(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
SMALLER = {
    r"train_events: \d+": "train_events: 4",
    r"(validation|test)_events: \d+": r"\1_events: 2",
    r"epochs: \d+": "epochs: 1",
    r"\n  - stage_2:(\n    .*)+": "",
    r"  kernel_regularizer: l2\n  kernel_regularizer_rate: .*\n": "",
    r"  (dense_(?:pre_gravnet|post_message_passing|final)): \[.*?\] *\n": r"  \1: [{n: 16}]\n",
    r"  gravnet: \[.*?\] ": "  gravnet: [{n: 16}] ",
    r"  message_passing: \[\{.*?\] ": "  message_passing: [{n: 8}] ",
    r"\nPlotting:\n": "\nPlotting:\n  page: false\n",
    r"  tune: true ": "  tune: false ",
}
"""What makes the trainings of a page short: fewer events, one iteration, one stage, no page, no thresholds chosen."""


@dataclass(frozen=True)
class Code:
    """A code block: its language, the file it is written to, what is in it, and why it is not run."""

    language: str
    title: str
    text: str
    reason: str
    line: int


def blocks(page: Path) -> list[Code]:
    """Return the code blocks of a page."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        language, _, rest = match["info"].strip().partition(" ")
        title = re.search(r'title="([^"]+)"', rest)
        lines = match["code"].splitlines()
        code = "\n".join(line.removeprefix(match["indent"]) for line in lines) + "\n"
        line = text.count("\n", 0, match.start("info")) + 1
        found.append(Code(language, title[1] if title else "", code, match["reason"] or "", line))
    return found


def project(folder: Path) -> None:
    """Fill a folder as a clone is, with graphs that train on few events."""
    for name in ("graphs", "configs", "docs"):
        shutil.copytree(ROOT / name, folder / name)
    for file in (folder / "configs").glob("*.yaml"):
        text = file.read_text()
        for pattern, smaller in SMALLER.items():
            text = re.sub(pattern, smaller, text)
        file.write_text(text)
    for name in ("git init -q", "git add -A", "git -c user.name=a -c user.email=a@b commit -qm first"):
        subprocess.run(name.split(), cwd=folder, check=True, timeout=60)


def run_page(page: Path, folder: Path) -> None:
    """Run every block of a page in a folder; raise AssertionError, with its line, at the first that fails."""
    names: dict[str, Any] = {"__name__": "page"}
    with _inside(folder):
        for code in blocks(page):
            try:
                run_block(code, names)
            except Exception as error:
                raise AssertionError(f"{page.name}:{code.line}: {error}") from error


def run_block(code: Code, names: dict[str, Any]) -> None:
    """Run or check one block in the current folder."""
    if code.title:
        Path(code.title).parent.mkdir(parents=True, exist_ok=True)
        Path(code.title).write_text(code.text)
    if code.reason or code.language == "text":
        return
    if code.language == "bash":
        _run_bash(code.text)
    elif code.language == "python" and not code.title:
        exec(compile(code.text, f"line {code.line}", "exec"), names)
    elif code.language == "python":
        compile(code.text, code.title, "exec")
    elif code.language == "yaml":
        _check_yaml(code)


def _run_bash(text: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "MLFLOW_TRACKING_URI"}
    environment.setdefault("REGISTRY_REFERENCE", str(REFERENCE))
    environment["PATH"] = f"{warm_python().parent}:{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", text], env=environment, capture_output=True, text=True, timeout=400, check=False
    )
    # `diff` says by its exit status, 1, that graphs differ.
    differs = done.returncode == 1 and "registry.diff" in text and not done.stderr
    if done.returncode and not differs:
        raise AssertionError(f"{text}\nexit status {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-3000:]}")


def _check_yaml(code: Code) -> None:
    problems = Problems()
    value = read_yaml(code.text, f"line {code.line}", problems)
    problems.raise_if_any()
    plain = value.plain() if value else None
    if isinstance(plain, dict) and {"name", "blocks"} <= plain.keys():
        file = Path(code.title or "graphs/of_the_page.yaml")
        file.parent.mkdir(exist_ok=True)
        file.write_text(code.text)
        open_graph(str(file))


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before, path = Path.cwd(), list(sys.path)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        os.chdir(before)
        sys.path[:] = path


def unfenced(page: Path) -> list[str]:
    """Return the lines of code blocks that are indented instead of fenced: no test would run them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.findall(r"(?<=\n\n)    (?! )[^\n]+", text)
