"""Memory that a training frees stays with its process, unless the user says otherwise."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from registry.training import allocator


class Library:
    """Stands for glibc, and notes what it is told."""

    gnu_get_libc_version = None

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []

    def mallopt(self, option: int, value: int) -> int:
        self.told.append((option, value))
        return 1


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    made = Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: made)
    monkeypatch.setattr(allocator.sys, "platform", "linux")
    for name in allocator.CHOICES:
        monkeypatch.delenv(name, raising=False)
    return made


def test_freed_memory_is_kept(library: Library) -> None:
    allocator.keep_freed_memory()
    assert {option for option, _ in library.told} == {-1, -3, -8}


@pytest.mark.parametrize("name", allocator.CHOICES)
def test_what_the_user_has_chosen_stays(library: Library, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    allocator.keep_freed_memory()
    assert not library.told


def test_another_library_is_left_alone(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Library, "gnu_get_libc_version")
    allocator.keep_freed_memory()
    assert not library.told
