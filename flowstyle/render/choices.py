"""What follows from clip, settings and machine before a render begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from flowstyle.disk import frames_bytes, preflight
from flowstyle.errors import OutOfMemoryError, UsageError
from flowstyle.events import Report
from flowstyle.features.base import FeatureNetwork, weights_digest
from flowstyle.flow.estimate import Flow
from flowstyle.flow.files import FolderFlow
from flowstyle.heap import keep_freed_memory
from flowstyle.optimize.precision import choose_precision
from flowstyle.pictures import read_picture
from flowstyle.render.store import to_tensor
from flowstyle.settings import Settings
from flowstyle.shots import read_shots_csv
from flowstyle.types import ClipInfo
from flowstyle.workdir import file_identity, machine_identity


def step_of(
    network: FeatureNetwork, settings: Settings, device: torch.device
) -> Callable[[int, int], Tensor]:
    """What takes the memory of an iteration: the network's pass over an image of a given size."""
    layers = tuple(dict.fromkeys((*settings.content_layers, *settings.style_layers)))

    def loss(height: int, width: int) -> Tensor:
        image = torch.rand(1, 3, height, width, device=device, requires_grad=True)
        features = network(image, layers).values()
        return torch.stack([values.float().square().mean() for values in features]).sum()

    return loss


def warn_of_a_full_disk(
    folder: Path, total: int | None, size: tuple[int, int], settings: Settings, report: Report
) -> None:
    """Say before the work if the frames will probably not fit on the disk."""
    if total is None:
        return
    kept = min(2, settings.sweeps + 1)
    bytes_needed = kept * frames_bytes(total, size[1], size[0], 16)
    bytes_needed += frames_bytes(total, size[1], size[0], 8)
    notice = preflight(folder, bytes_needed)
    if notice is not None:
        report(notice)


def fitted(info: ClipInfo, width: int | None) -> tuple[int, int]:
    """(width, height) of a clip at a width, the height even; its own size for None."""
    if width is None or width == info.width:
        return info.width, info.height
    return width, max(2, 2 * round(info.height * width / info.width / 2))


def render_size(info: ClipInfo, settings: Settings) -> tuple[int, int]:
    """(width, height) of the render: the clip's own, or ``width`` with an even height.

    Raises:
        UsageError: the result is too small for the networks.
    """
    size = fitted(info, settings.width)
    if min(size) < 16:
        raise UsageError(
            f"frames of {size[0]}×{size[1]} are too small",
            info.path,
            "use frames of at least 16×16 pixels, see --width",
        )
    return size


METHOD = 6
"""Raised whenever the same settings give other pixels, so that no render is gone on with in
another way than it began."""


def fingerprint(
    info: ClipInfo,
    styles: Sequence[Path],
    settings: Settings,
    network: FeatureNetwork,
    flow: Flow,
    device: torch.device,
    keep_alpha: bool,
) -> dict[str, Any]:
    """Everything that decides the bytes of a render, for the check on resume.

    ``auto`` flow may mean another method once RAFT's weights are there; flow and shots from files
    count by content. Whose colours are kept is decided when the result is written, from the same
    frames.
    """
    files = sorted(flow.folder.glob("*")) if isinstance(flow, FolderFlow) else []
    return {
        "method": METHOD,
        "settings": settings.model_dump(mode="json", exclude={"original_colors"}),
        "clip": file_identity(info.pictures or info.path),
        "alpha": keep_alpha,
        "styles": [file_identity(style) for style in styles],
        "shots": file_identity([path for path in (settings.shots,) if path and path.is_file()]),
        "flow": {"name": flow.name, **file_identity([path for path in files if path.is_file()])},
        "features": {"name": network.name, "weights": weights_digest(network)},
        "precision": str(render_precision(settings, device)),  # what ``auto`` means here
        "machine": machine_identity(str(device)),
    }


def check_piece(info: ClipInfo, settings: Settings) -> None:
    """Refuse a piece of the clip that is not there, and a list of shots that cannot be read.

    Raises:
        UsageError: ``start_frame`` lies behind the end, or the list is missing or not a list.
    """
    if info.frames is not None and settings.start_frame >= info.frames:
        raise UsageError(
            f"the clip has {info.frames} frames, none from {settings.start_frame} on",
            info.path,
            "give a smaller --start-frame (frames are counted from 0)",
        )
    if settings.shots is not None:
        read_shots_csv(settings.shots)


def check_layers(network: FeatureNetwork, settings: Settings) -> None:
    """Refuse layers that the network does not have, before any work.

    Raises:
        UsageError: lists those there are.
    """
    unknown = {*settings.content_layers, *settings.style_layers} - set(network.layers)
    if unknown:
        raise UsageError(
            f"the {network.name} features have no layer {', '.join(sorted(unknown))}",
            "--content-layers, --style-layers",
            f"choose from {', '.join(network.layers)}",
        )


def read_style(path: Path) -> Tensor:
    """A style picture, 1×3×H×W in [0, 1].

    Raises:
        StyleImageError: it cannot be read.
        OutOfMemoryError: it does not fit into the memory.
    """
    try:
        return to_tensor(read_picture(path))
    except MemoryError:
        raise OutOfMemoryError(
            "the memory does not suffice for this picture",
            path,
            "make the picture smaller: a style needs no more pixels than the frames have",
        ) from None


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


def whole_clip(settings: Settings) -> bool:
    """Whether all frames are rendered, so that all of the audio is kept."""
    return settings.frames is None and settings.start_frame == 0


def render_precision(settings: Settings, device: torch.device) -> torch.dtype:
    """What the network computes in: L-BFGS needs float32, it lives on differences of gradients."""
    exact = settings.optimizer == "lbfgs" and settings.precision == "auto"
    return choose_precision("fp32" if exact else settings.precision, device)


def frame_total(info: ClipInfo, settings: Settings) -> int | None:
    """Number of frames to render, where the clip says how many it has."""
    if info.frames is None:
        return settings.frames
    left = max(0, info.frames - settings.start_frame)
    return left if settings.frames is None else min(left, settings.frames)
