"""What is checked before the long work starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from flowstyle.core.disk import frames_bytes, preflight
from flowstyle.core.errors import UsageError
from flowstyle.core.events import Notice, Report, ignore
from flowstyle.core.types import ClipInfo
from flowstyle.features.base import FeatureNetwork
from flowstyle.media.shot_list import read_shots_csv
from flowstyle.settings import Settings

MOST_SHOWN = 8
"""Of a list's numbers, in a line."""


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
    notice = preflight(folder, disk_needed(total, size, settings))
    if notice is not None:
        report(notice)


def disk_needed(total: int, size: tuple[int, int], settings: Settings) -> int:
    """Bytes of a work folder: the painted frames of one or two sweeps, and their sources.

    Args:
        total: number of frames.
        size: (width, height).
        settings: of the render.
    """
    kept = min(2, settings.sweeps + 1)
    painted = kept * frames_bytes(total, size[1], size[0], 16)
    return painted + frames_bytes(total, size[1], size[0], 8)


def check_piece(info: ClipInfo, settings: Settings, report: Report = ignore) -> None:
    """Refuse a piece of the clip that is not there, and a list of shots that cannot be read.

    Args:
        info: of the clip.
        settings: of the render.
        report: told which of the shots that are listed begin behind the clip's end.

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
        listed = read_shots_csv(settings.shots)
        if info.frames is not None:
            remark_on_list(settings.shots.name, listed, info.frames, report)


def remark_on_list(name: str, listed: Sequence[int], frames: int, report: Report) -> None:
    """Say that shots are listed which the clip does not have.

    Args:
        name: of the list.
        listed: rising first frames of shots.
        frames: of the clip.
        report: told of them, if there are any.
    """
    behind = [number for number in listed if number >= frames]
    if not behind:
        return
    shown = [*map(str, behind[:MOST_SHOWN]), *(["…"] if len(behind) > MOST_SHOWN else [])]
    report(
        Notice(
            f"{name} lists {', '.join(shown)}, and the last frame of the clip is {frames - 1} "
            "(counted from 0): left out"
        )
    )


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
