"""Keeps the networks that were used last: within a process the same model is loaded and traced once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING

from registry.loading.sources import plugins_of

if TYPE_CHECKING:
    from registry.inference.predicting import Network
    from registry.loading.blocks import Registry

MOST = 4
"""Networks that are kept; of more, the one that was not used for longest goes."""

_networks: OrderedDict[str, Network] = OrderedDict()
_lock = Lock()


def identity(digest: str, plugins: Sequence[str], registry: Registry) -> str:
    """Return what tells a model from others: the contents of its file, of the plugins, and which of them it may use."""
    parts = [digest, *plugins]
    for code in plugins_of(registry, ()):
        parts += [f"{name}:{hashlib.sha256(data).hexdigest()}" for name, data in sorted(code.contents().items())]
    return "\n".join(parts)


def loaded(key: str, load: Callable[[], Network]) -> Network:
    """Return the network that is kept by this name, or load it and keep it."""
    with _lock:
        found = _networks.pop(key, None) or load()
        _networks[key] = found
        while len(_networks) > MOST:
            _networks.popitem(last=False)
        return found
