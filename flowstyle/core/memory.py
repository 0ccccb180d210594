"""Memory: recognise that it ran out, try once more, and say which size fits."""

from __future__ import annotations

import gc
import math
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import cv2
import psutil
import torch
from torch import Tensor

from flowstyle.core.allocator import give_back_freed_memory
from flowstyle.core.disk import readable_size
from flowstyle.core.errors import OutOfMemoryError

T = TypeVar("T")

STEP = 16
"""Sizes are suggested in multiples of this, so that all pooling layers divide evenly."""

WORKSPACE = 3.0
"""Peak of a step over what it saves for its gradient, for gradients and convolution workspace.

Measured on the CPU as the growth of resident memory: 1.9 for VGG19 at 400×400, 2.9 for two wide
convolutions at 600×600 and at 1000×1000; the larger one is taken, for a size that surely fits."""

KEPT_FREE = 0.9
"""Share of the free memory that a suggestion uses."""

CONTROL_GROUP = Path("/sys/fs/cgroup")
"""Where Linux tells the limits of the container that a process is in."""

CPU_TEXT = re.compile(
    r"DefaultCPUAllocator|can't allocate memory|std::bad_alloc|Cannot allocate"
    r"|could not create a (?:primitive|memory)"
)
"""What the allocator and the C++ library say, and oneDNN, which names no reason."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that the memory ran out, on the CPU or a GPU."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    if isinstance(error, cv2.error):
        return error.code == cv2.Error.StsNoMem
    return isinstance(error, RuntimeError) and CPU_TEXT.search(str(error)) is not None


def free_memory(device: str = "cpu") -> int:
    """Bytes that can still be allocated.

    Args:
        device: torch name of the device.

    Returns:
        On a GPU its free memory, the allocator's cache included. On the CPU the smallest of the
        machine's available memory, the control group's limit and the process's address space limit.
    """
    if device.startswith("cuda"):
        free, _ = torch.cuda.mem_get_info(device)
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + cached)
    return max(min(_cpu_limits()), 0)


def _cpu_limits() -> Iterator[int]:
    """Every bound on the memory that this process may still take."""
    yield psutil.virtual_memory().available
    address_space = process_limit("AS")
    if address_space is not None:
        yield address_space - psutil.Process().memory_info().vms
    # A container's limit, which psutil does not know.
    limit, held = (_number(CONTROL_GROUP / name) for name in ("memory.max", "memory.current"))
    if limit is not None and held is not None:
        yield limit - held


def process_limit(name: str) -> int | None:
    """A limit that the shell or an administrator set for this process (``ulimit``).

    Args:
        name: as in ``RLIMIT_…``: ``AS`` (address space), ``FSIZE``, ``NOFILE``.

    Returns:
        The limit; None where there is none, or where the system does not tell (it is asked on
        Linux and FreeBSD).
    """
    number = getattr(psutil, f"RLIMIT_{name}", None)
    if number is None:
        return None
    limit = int(psutil.Process().rlimit(number)[0])
    return None if limit == psutil.RLIM_INFINITY else limit


def _number(path: Path) -> int | None:
    """The number in a system file; None where the file is missing or says ``max``."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdecimal() else None


@dataclass
class SavedBytes:
    """Sum of the memory of tensors saved for a gradient, each storage counted once."""

    total: int = 0
    _seen: set[int] = field(default_factory=set)

    def add(self, tensor: Tensor) -> Tensor:
        """Count a tensor and return it."""
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self._seen:
            self._seen.add(storage.data_ptr())
            self.total += storage.nbytes()
        return tensor


@contextmanager
def count_saved() -> Iterator[SavedBytes]:
    """Count what autograd keeps inside the block; independent of device and allocator."""
    saved = SavedBytes()
    with torch.autograd.graph.saved_tensors_hooks(saved.add, lambda tensor: tensor):
        yield saved


def bytes_per_pixel(loss: Callable[[int, int], Tensor], small: int = 48, large: int = 96) -> float:
    """Measure what one more pixel costs, at two small sizes.

    The difference of two sizes leaves out what no size changes (weights, Gram matrices).

    Args:
        loss: runs the network forward at a height and width, gradient recorded.
        small: side of the smaller square.
        large: side of the larger one.

    Returns:
        Bytes per pixel of one optimisation step, estimated for a size that surely fits.
    """
    return WORKSPACE * saved_per_pixel(loss, small, large)


def saved_per_pixel(loss: Callable[[int, int], Tensor], small: int = 48, large: int = 96) -> float:
    """What autograd keeps for one more pixel; see :func:`bytes_per_pixel`."""
    totals = []
    for side in (small, large):
        with count_saved() as saved:
            loss(side, side)
        totals.append(saved.total)
    return (totals[1] - totals[0]) / (large**2 - small**2)


def largest_size(height: int, width: int, pixels: float) -> tuple[int, int] | None:
    """The largest size of the same shape, in multiples of 16 and smaller than the given one.

    Args:
        height: of the size that did not fit.
        width: of the size that did not fit.
        pixels: how many pixels fit.

    Returns:
        Height and width, or None if not even 16 pixels on the shorter side fit.
    """
    scale = math.sqrt(max(pixels, 0) / (height * width))
    fitting_width = int(min(width * scale, width - 1)) // STEP * STEP
    fitting_height = int(fitting_width * height / width)
    if min(fitting_width, fitting_height) < STEP:
        return None
    return fitting_height, fitting_width


def explain_out_of_memory(
    error: BaseException,
    height: int,
    width: int,
    *,
    device: str = "cpu",
    loss: Callable[[int, int], Tensor] | None = None,
    where: object = "",
) -> OutOfMemoryError:
    """Say what did not fit and what would.

    Args:
        error: for which :func:`is_out_of_memory` holds. Its frames are cleared, because they hold
            the tensors of the failed step, which would count as used.
        height: of the image that was optimised, pixels.
        width: of the image that was optimised, pixels.
        device: torch name of the device.
        loss: for :func:`bytes_per_pixel`; without it a quarter of the pixels is suggested.
        where: shot and frame.

    Returns:
        The error to raise.
    """
    traceback.clear_frames(error.__traceback__)
    release_cache(device)
    free = free_memory(device)
    per_pixel = None
    if loss is not None:
        with suppress(MemoryError, RuntimeError):  # not even a small picture fits
            per_pixel = bytes_per_pixel(loss)
    fitting = largest_size(
        height, width, height * width / 4 if not per_pixel else free * KEPT_FREE / per_pixel
    )
    kind = "the GPU's memory" if device.startswith("cuda") else "the memory"
    need = f", about {readable_size(per_pixel * height * width)} are needed" if per_pixel else ""
    advice = "close other programs or use a machine with more memory"
    if fitting is not None:
        estimate = "the largest size that fits is" if per_pixel else "try"
        advice = f"{estimate} about {fitting[1]}×{fitting[0]}: --width {fitting[1]}"
    return OutOfMemoryError(
        f"{kind} does not suffice for {width}×{height}: {readable_size(free)} are free{need}",
        where or device,
        advice,
    )


def release_cache(device: str) -> None:
    """Give back what is no longer used; on a GPU also the allocator's cache."""
    gc.collect()
    give_back_freed_memory()
    if device.startswith("cuda") and torch.cuda.is_available():
        torch.cuda.empty_cache()


def retry_on_gpu(step: Callable[[], T], device: str) -> T:
    """Run a step, and on a GPU once more with an empty cache if the memory ran out.

    The step must begin anew when it is called again. The size is never reduced silently.

    Args:
        step: the work, for instance one frame.
        device: torch name of the device.

    Returns:
        What the step returns.

    Raises:
        BaseException: what the step raises; out of memory on the CPU at once.
    """
    try:
        return step()
    except RuntimeError as error:
        if not device.startswith("cuda") or not is_out_of_memory(error):
            raise
        traceback.clear_frames(error.__traceback__)
    # Outside the handler, where the exception no longer holds the failed step's tensors.
    release_cache(device)
    return step()
