"""In which precision the feature network runs. Losses and images are float32 always."""

from __future__ import annotations

from typing import Any, Literal

import torch

from flowstyle.core.errors import UsageError
from flowstyle.settings import Settings

Precision = Literal["auto", "fp32", "bf16"]


def has_fast_bf16(device: torch.device) -> bool:
    """Whether a device multiplies bfloat16 faster than float32.

    Args:
        device: CPU or CUDA.

    Returns:
        True for CPUs with AMX, for AMD's with AVX-512 BF16, and for CUDA from compute capability
        8.0 on. Intel's AVX-512 BF16 alone does not pay: on a Sapphire Rapids whose AMX is hidden
        from the virtual machine, bfloat16 took 1.9 times as long as float32.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        # Typed as Any: older releases of torch lack the function.
        cpu: Any = torch.cpu
        if not hasattr(cpu, "get_capabilities"):
            return False
        found = cpu.get_capabilities()
        amd = "AMD" in str(found.get("cpu_name", ""))
        return bool(found.get("amx_bf16") or (amd and found.get("avx512_bf16")))
    return False


def choose_precision(choice: str, device: torch.device) -> torch.dtype:
    """Turn ``--precision`` into the type that the feature network computes in.

    Args:
        choice: ``auto``, ``fp32`` or ``bf16``.
        device: where it runs.

    Returns:
        ``torch.float32`` or ``torch.bfloat16``.

    Raises:
        UsageError: for another choice.
    """
    if choice not in ("auto", "fp32", "bf16"):
        raise UsageError(
            f"precision '{choice}' is unknown", "--precision", "choose auto, fp32 or bf16"
        )
    if choice == "bf16" or (choice == "auto" and has_fast_bf16(device)):
        return torch.bfloat16
    return torch.float32


def render_precision(settings: Settings, device: torch.device) -> torch.dtype:
    """What the network computes in: L-BFGS needs float32, it lives on differences of gradients."""
    exact = settings.optimizer == "lbfgs" and settings.precision == "auto"
    return choose_precision("fp32" if exact else settings.precision, device)
