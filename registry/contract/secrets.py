"""Keeps passwords out of what is shown and logged: what came from the environment is told by its name.

A value that `${env:NAME}` has put into a graph or its options is logged as `${env:NAME}`. Passwords that stand in an
address are replaced by `***`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "***"
"""What stands for a password."""

PASSWORD_KEYS = frozenset(
    [
        *("password", "passwd", "passphrase", "api_key", "apikey", "private_key", "client_secret"),
        *("access_key", "access_token", "auth_token", "secret_key"),
    ]
)
"""Names of parameters whose value is a password, wherever it was written."""

_TELLING = "pass|pwd|token|secret|key|auth|sig|cred"

_IN_ADDRESS = re.compile(r"(://[^\s/:@'\"<>]*):[^\s/'\"<>]+@")
_TOKEN_AS_USER = re.compile(r"(://)[^\s/:@'\"<>]{20,}@")
_IN_QUERY = re.compile(rf"([?&;][\w.%-]*(?:{_TELLING})[\w.%-]*=)[^\s&;#'\"<>,)]+", re.IGNORECASE)
_IN_YAML = re.compile(
    rf"""((?<![\w.-])["']?(?:{"|".join(sorted(PASSWORD_KEYS))})["']?[ \t]*:[ \t]+)(?!\$\{{)"""
    r"""("[^"\n]*"|'[^'\n]*'|[^\s,}#&*|>]+)""",
    re.IGNORECASE,
)

_IN_SETTING = re.compile(rf"((?<![\w-])(?:{'|'.join(sorted(PASSWORD_KEYS))})=)(?!\$\{{)\S+", re.IGNORECASE)

SHORTEST, SHORTEST_PASSWORD = 8, 3
"""A text of the environment that is shorter may stand in a message by chance; the name of a variable may say that it is
a password."""

PATHS = ("/", ".", "~")
"""Paths are no secrets where a message names them."""

_named: dict[str, str] = {}
"""The texts that the environment has given, and how each is written where others may read it."""


def placeholder(name: str) -> str:
    """Return how a value of the environment is written."""
    return f"${{env:{name}}}"


def remember(name: str, text: str) -> str:
    """Note that a variable of the environment was used, so that messages tell it by its name; return that."""
    telling = _is_telling(name)
    if len(text) >= (SHORTEST_PASSWORD if telling else SHORTEST) and (telling or not text.startswith(PATHS)):
        _named[text] = placeholder(name)
    return placeholder(name)


def _is_telling(name: str) -> bool:
    """Say whether the name of a variable says that it is a password."""
    return re.search(f"{_TELLING}|pw", name, re.IGNORECASE) is not None


def without_secrets(text: str) -> str:
    """Return a text in which values of the environment stand by their names, and addresses have no password."""
    for value in sorted(_named, key=len, reverse=True):
        if value in text:
            text = text.replace(value, _named[value])
    return without_passwords(text)


def without_secret_variables(text: str) -> str:
    """Return a text in which values of those variables stand by their names whose name says that they are secret."""
    for value in sorted(_named, key=len, reverse=True):
        if _is_telling(_named[value].removeprefix("${env:")):
            text = text.replace(value, _named[value])
    return text


def without_passwords(text: str) -> str:
    """Return a text in which no address has a password, neither before its host nor in its query."""
    if "://" in text:
        text = _TOKEN_AS_USER.sub(rf"\1{HIDDEN}@", _IN_ADDRESS.sub(rf"\1:{HIDDEN}@", text))
    return _IN_QUERY.sub(rf"\1{HIDDEN}", text) if "=" in text else text


def veiled(line: str) -> str:
    """Return a line of a YAML file, as wide as it was, with an asterisk for every character of a password."""
    if "://" in line:
        line = _IN_ADDRESS.sub(lambda found: f"{found[1]}:{'*' * (len(found[0]) - len(found[1]) - 2)}@", line)
        line = _TOKEN_AS_USER.sub(lambda found: f"{found[1]}{'*' * (len(found[0]) - len(found[1]) - 1)}@", line)
    line = _IN_QUERY.sub(lambda found: found[1] + "*" * (len(found[0]) - len(found[1])), line)
    return _IN_YAML.sub(lambda found: found[1] + "*" * len(found[2]), line)


def without_passwords_in_yaml(text: str) -> str:
    """Return the text of a YAML file without passwords in addresses, nor as values of keys such as `password`."""
    return _IN_YAML.sub(rf"\1'{HIDDEN}'", without_passwords(text))


def shown_command(words: Iterable[str]) -> str:
    """Return a command as it is logged: values of the environment by their names, without passwords."""
    return shlex.join(_IN_SETTING.sub(rf"\1{HIDDEN}", without_secrets(word)) for word in words)


def shown_settings(plain: Any, key: str = "") -> Any:
    """Return nested values without passwords: those in addresses, and those of keys such as `password`."""
    if isinstance(plain, Mapping):
        return {name: shown_settings(item, str(name)) for name, item in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [shown_settings(item, key) for item in plain]
    if not isinstance(plain, str):
        return plain
    if key.lower() in PASSWORD_KEYS and plain and not plain.startswith("${"):
        return HIDDEN
    return without_passwords(plain)
