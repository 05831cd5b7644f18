"""Where a run came from: the commit of the folder its graph lies in, the versions of everything."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path


@dataclass(frozen=True)
class Revision:
    """The state of a folder under git: `state` is "clean", "dirty", or says why there is none.

    `diff` holds what the tracked files changed since the commit, `untracked` the files git does not know.
    """

    commit: str = ""
    branch: str = ""
    state: str = "clean"
    diff: str = ""
    untracked: tuple[str, ...] = ()

    def tags(self) -> dict[str, str]:
        """Return what runs are searched by."""
        named = {"git.commit": self.commit, "git.branch": self.branch, "git.state": self.state}
        return {name: value for name, value in named.items() if value}


def revision(folder: Path) -> Revision:
    """Return the state of the git repository that `folder` lies in."""
    try:
        commit = _git(folder, "rev-parse", "--verify", "HEAD").strip()
    except FileNotFoundError:
        return Revision(state="no git: the program is not installed")
    except subprocess.TimeoutExpired:
        return Revision(state="no git: it did not answer")
    except subprocess.CalledProcessError as error:
        return Revision(state=f"no git: {_reason(error.stderr)}")
    try:
        listing = _git(folder, "status", "--porcelain").splitlines()
        diff = _git(folder, "diff", "--no-color", "--no-ext-diff", "HEAD")
        branch = _git(folder, "rev-parse", "--abbrev-ref", "HEAD").strip()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return Revision(commit, state="unknown: git did not answer")
    untracked = tuple(line[3:] for line in listing if line.startswith("??"))
    return Revision(commit, branch, "dirty" if listing else "clean", diff, untracked)


def _reason(said: str) -> str:
    """Return why there is no commit, from what git said."""
    if "not a git repository" in said:
        return "not in a repository"
    if "dubious ownership" in said:
        return "the repository belongs to another user"
    return "no commit yet" if "Needed a single revision" in said else (said.strip().splitlines() or ["it failed"])[0]


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "--no-optional-locks", *arguments]
    untranslated = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=10,
        check=True,
        env=untranslated,
    )
    return done.stdout


def environment() -> str:
    """Return Python's version, the kind of system and every installed package with its version; nothing of the host."""
    # Each look at `entry.metadata` reads its file anew.
    read = (entry.metadata for entry in distributions())
    packages = {metadata["Name"]: metadata["Version"] for metadata in read if metadata["Name"]}
    listing = [f"{name}=={packages[name]}" for name in sorted(packages, key=str.lower)]
    head = [f"# Python {platform.python_version()}, {platform.system()} {platform.machine()}"]
    return "\n".join([*head, *listing]) + "\n"
