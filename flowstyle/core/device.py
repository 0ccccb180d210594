"""Which device computes."""

from __future__ import annotations

import torch

from flowstyle.core.allocator import keep_freed_memory
from flowstyle.core.errors import UsageError


def find_device(choice: str) -> torch.device:
    """``auto`` takes a CUDA device where there is one.

    Raises:
        UsageError: no such device here.
    """
    if choice == "auto":
        choice = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(choice)
        if device.type not in ("cpu", "cuda"):
            raise RuntimeError("not one that renders were made on")
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(
            f"the device {choice!r} cannot be used here",
            "--device",
            "leave it out; flowstyle doctor lists what there is",
        ) from error
    return device


def choose_device(choice: str) -> torch.device:
    """Find the device as :func:`find_device` does, and set this process up for long work on it.

    Raises:
        UsageError: no such device here.
    """
    device = find_device(choice)
    if device.type == "cuda":
        # Resumed runs promise the same bytes, and fp32 is to mean fp32.
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.allow_tf32 = False
    else:
        keep_freed_memory()
    return device
