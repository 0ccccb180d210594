"""The executors by name."""

from __future__ import annotations

from collections.abc import Callable

from flowstyle.core.registry import Registry
from flowstyle.execution.protocol import Executor, Workplace

EXECUTORS = Registry[Callable[[Workplace], Executor]](
    "executor",
    "--executor",
    {
        "inline": "flowstyle.execution.inline:InlineExecutor",
        "local": "flowstyle.execution.local:local_executor",
        "ray": "flowstyle.execution.cluster.executor:ray_executor",
    },
)
"""From what this process paints with to the executor; others than ``inline`` may not need it."""
