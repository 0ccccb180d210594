"""The engines by name."""

from __future__ import annotations

from collections.abc import Callable

from flowstyle.core.registry import Registry
from flowstyle.engines.protocol import Engine

ENGINES = Registry[Callable[[], Engine]](
    "engine",
    "--engine",
    {
        "network": "flowstyle.engines.network.engine:NetworkEngine",
        "optimised": "flowstyle.engines.optimised.engine:OptimisedEngine",
    },
)
"""Each name gives what makes an engine, without arguments."""
