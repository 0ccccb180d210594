"""Flow between two frames in both directions."""

from __future__ import annotations

import torch
from torch import Tensor

from flowstyle.core.device import both
from flowstyle.core.errors import UsageError
from flowstyle.flow.mend import mend
from flowstyle.flow.protocol import CalledAtOnce, FlowMethod, FramePair
from flowstyle.flow.registry import make_flow
from flowstyle.flow.steady import steady


def both_ways(
    flow: FlowMethod,
    a: Tensor,
    b: Tensor,
    frames: FramePair = (0, 1),
    start: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """The flows between two frames, mended and steadied where that does the method good.

    Args:
        flow: the method.
        a: 1×3×H×W, [0, 1].
        b: 1×3×H×W.
        frames: indices of (a, b) in the clip.
        start: both flows as far as they are known; for methods that take a start.

    Returns:
        The flow on a's pixels pointing into b, and the flow on b's pixels pointing into a.
    """
    known_b, known_a = start if start is not None and flow.takes_start else (None, None)
    to_b, to_a = _each_way(flow, a, b, frames, (known_b, known_a))
    if flow.mended:
        to_b, to_a = both(
            lambda: mend(to_b, to_a, a, b), lambda: mend(to_a, to_b, b, a), device=a.device
        )
    return steady(to_b, to_a, a, b) if flow.steadied else (to_b, to_a)


def _each_way(
    flow: FlowMethod,
    a: Tensor,
    b: Tensor,
    frames: FramePair,
    known: tuple[Tensor | None, Tensor | None],
) -> tuple[Tensor, Tensor]:
    """What the method says, at the same time where it may be."""

    def to_b() -> Tensor:
        return flow(a, b, frames, known[0])

    def to_a() -> Tensor:
        return flow(b, a, frames[::-1], known[1])

    if isinstance(flow, CalledAtOnce):
        return both(to_b, to_a, device=a.device)
    return to_b(), to_a()


def estimate_flow(
    target: Tensor,
    source: Tensor,
    method: FlowMethod | str = "auto",
    device: torch.device | str = "cpu",
) -> tuple[Tensor, Tensor]:
    """Flow between two frames in both directions, for programs that use the library.

    Args:
        target: 1×3×H×W, RGB, [0, 1].
        source: 1×3×H×W, the same size.
        method: a method, or what :func:`flowstyle.flow.registry.make_flow` takes.
        device: where a network would run.

    Returns:
        The flow on the target's pixels pointing into the source, and the reverse; each 1×2×H×W in
        pixels. For frames t and t − 1 these are the backward and the forward flow.

    Raises:
        UsageError: the method is unknown, or the frames are none or differ in size.
        WeightsError: RAFT was asked for and its weights are missing or wrong.

    Example:
        >>> frame = torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(0))
        >>> backward, forward = estimate_flow(frame, frame.roll(2, dims=3), "dis")
        >>> backward.shape
        torch.Size([1, 2, 32, 48])
    """
    for image in (target, source):
        if not isinstance(image, Tensor) or image.ndim != 4 or image.shape[:2] != (1, 3):
            shape = tuple(getattr(image, "shape", ()))
            raise UsageError(
                f"{type(image).__name__} of shape {shape} is no frame",
                "estimate_flow",
                "give tensors 1×3×H×W, RGB, [0, 1]",
            )
    if target.shape != source.shape:
        raise UsageError(
            f"the frames differ in size: {tuple(target.shape)} and {tuple(source.shape)}",
            "estimate_flow",
            "give two frames of one size",
        )
    flow = make_flow(method, device) if isinstance(method, str) else method
    return both_ways(flow, target, source, (1, 0))
