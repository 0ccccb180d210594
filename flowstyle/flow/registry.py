"""The flow methods by name, and the choice between them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from flowstyle.core.errors import UsageError
from flowstyle.core.registry import Registry
from flowstyle.flow.protocol import FlowMethod

MakeFlow = Callable[[torch.device, str], FlowMethod]
"""From the device on which a network would run, and the quality (``draft``, ``quick``, ``default``,
``fine``; for methods that have several), to the method."""

FLOW_METHODS = Registry[MakeFlow](
    "flow method",
    "--flow",
    {
        "dis": "flowstyle.flow.methods.dis:make",
        "raft": "flowstyle.flow.methods.raft:make_large",
        "raft_large": "flowstyle.flow.methods.raft:make_large",
        "raft_small": "flowstyle.flow.methods.raft:make_small",
    },
)


def is_folder(choice: str) -> bool:
    """Whether a choice can only be a folder of flow files, see :func:`make_flow`."""
    return choice != "auto" and choice not in FLOW_METHODS.names()


def make_flow(
    choice: str, device: torch.device | str = "cpu", quality: str = "default"
) -> FlowMethod:
    """The flow method that the user named.

    Args:
        choice: ``auto`` (RAFT where its weights are cached and the device is a GPU, else DIS), a
            name out of :data:`FLOW_METHODS`, or a folder of flow files.
        device: where a network would run.
        quality: of methods that have several: ``draft``, ``quick``, ``default`` or ``fine``.

    Raises:
        UsageError: the choice is none of these.
        WeightsError: RAFT was asked for and its weights are missing or wrong.

    Example:
        >>> make_flow("dis").name
        'dis'
    """
    device = torch.device(device)
    if choice == "auto":
        choice = _best_for(device)
    if choice in FLOW_METHODS.names():
        return FLOW_METHODS.get(choice)(device, quality)
    folder = Path(choice)
    if folder.is_dir():
        from flowstyle.flow.methods.files import FolderFlow

        return FolderFlow(folder)
    raise UsageError(
        f"no flow method and no folder is called {choice!r}",
        "--flow",
        f"use auto, {', '.join(FLOW_METHODS.names())}, or a folder with files such as "
        "backward_2_1.flo",
    )


def _best_for(device: torch.device) -> str:
    """RAFT where a GPU runs it and its weights are on the machine, else DIS."""
    from flowstyle.flow.methods.raft import available

    return "raft" if device.type == "cuda" and available() else "dis"
