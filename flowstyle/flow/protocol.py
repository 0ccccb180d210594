"""The common face of all sources of flow, and the choice between them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from flowstyle.core.errors import UsageError

FramePair = tuple[int, int]
"""Indices of (target, source) in the clip, counted from 0."""


class Flow(Protocol):
    """Anything that can tell the flow between two frames."""

    @property
    def name(self) -> str:
        """Short name for messages and for the settings' fingerprint."""

    def __call__(self, target: Tensor, source: Tensor, frames: FramePair | None = None) -> Tensor:
        """Flow on the target's pixels, pointing into the source.

        Args:
            target: 1×3×H×W, RGB, [0, 1].
            source: 1×3×H×W, RGB, [0, 1].
            frames: indices of (target, source) in the clip from 0; only flow read from files needs
                them.

        Returns:
            1×2×H×W float32 in pixels, on the target's device.
        """


def make_flow(choice: str, device: torch.device | str = "cpu", quality: str = "default") -> Flow:
    """The flow method that the user named.

    Args:
        choice: ``auto`` (RAFT where its weights are cached and the device is a GPU, else DIS),
            ``dis``, ``raft``, or a folder of ``.flo`` files.
        device: where a network would run.
        quality: of DIS: ``draft``, ``default`` or ``fine``.

    Raises:
        UsageError: the choice is none of these.
        WeightsError: RAFT was asked for and its weights are missing or wrong.
    """
    from flowstyle.flow.methods.dis import DisFlow
    from flowstyle.flow.methods.files import FolderFlow
    from flowstyle.flow.methods.raft import RaftFlow, available

    if choice == "auto":
        choice = "raft" if torch.device(device).type == "cuda" and available() else "dis"
    if choice == "dis":
        return DisFlow(quality=quality)
    if choice in ("raft", "raft_large"):
        return RaftFlow("large", device=device)
    if choice == "raft_small":
        return RaftFlow("small", device=device)
    folder = Path(choice)
    if folder.is_dir():
        return FolderFlow(folder)
    raise UsageError(
        f"no flow method and no folder is called {choice!r}",
        "--flow",
        "use auto, dis, raft, raft_small, or a folder with files such as backward_2_1.flo",
    )


def estimate_flow(
    target: Tensor, source: Tensor, method: str = "auto", device: torch.device | str = "cpu"
) -> tuple[Tensor, Tensor]:
    """Flow between two frames in both directions, for programs that use the library.

    Args:
        target: 1×3×H×W, RGB, [0, 1].
        source: 1×3×H×W, the same size.
        method: see :func:`make_flow`.
        device: where a network would run.

    Returns:
        The flow on the target's pixels pointing into the source, and the reverse; each 1×2×H×W in
        pixels. For frames t and t − 1 these are the backward and the forward flow.

    Raises:
        UsageError: the method is unknown.
        WeightsError: RAFT was asked for and its weights are missing or wrong.
    """
    from flowstyle.flow.mend import both_ways

    return both_ways(make_flow(method, device), target, source, (1, 0))
