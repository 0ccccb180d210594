"""How much of a picture the feature network sees at once, so that the memory suffices.

Tiles change results by rounding, and by a hundredth of a gradient where most of a frame stands
still and what moves does not fit. A resumed render promises the same bytes. What
``--memory`` allows is therefore worked out from constants and not from what happens to be free, and
what was free when the work in a folder began counts until its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from flowstyle.core.allocator import large_buffers_given_back
from flowstyle.core.disk import bytes_of, readable_size
from flowstyle.core.errors import OutOfMemoryError, UsageError
from flowstyle.core.events import Decision, Notice, Report
from flowstyle.core.memory import KEPT_FREE, free_memory, saved_per_pixel
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.reach import Reach, reach_of
from flowstyle.features.tiles import smallest_tile, tiles_for
from flowstyle.flow.pairs import pairs_kept
from flowstyle.losses.style_loss import StyleLoss, SummedStyleLoss
from flowstyle.optimize.lbfgs import HISTORY
from flowstyle.render.preflight import step_of
from flowstyle.settings import Settings
from flowstyle.storage.archive import kept_fingerprint

LARGEST_PASS = "largest_pass"
"""Name in the fingerprint of a work folder."""

PROGRAM = 620_000_000
"""Bytes resident before anything is painted, without weights: Python, torch, codecs."""

PASS = 2.4
"""Peak of a tile's pass over what it saves for its gradient; 2.0 (compact), 2.3 (VGG19)."""

IMAGE = 12
"""Bytes of a pixel in float32."""

STILL_IMAGES = 13
"""Pictures of the full size that are held at a time: photograph, iterate, Adam's state, gradient,
average, what a step and a term on pixels need. 12 were measured at 3840×2160 with the preset
``still``; the moments and steps of the smaller levels take 1 more."""

CLIP_IMAGES = 23
"""The same for a frame of a clip, counted by reading: also neighbours, masks, paint ahead, frames
that are read and written."""

FLOWS = 16
"""Bytes of a pixel in a pair of flows."""

PLENTY = 12_000
"""Bytes a pixel that no known network needs: where these are free, nothing needs to be measured."""


@dataclass(frozen=True, eq=False)
class Work:
    """What is to be painted, and with what.

    Args:
        network: feature network.
        style_loss: what is compared with the styles.
        device: where it is painted.
        settings: the render's.
        size: (width, height).
        clip: whether it is a clip, with flows and neighbours, or a single picture.
        sharing: number of processes that paint it on the same device.
    """

    network: FeatureNetwork
    style_loss: StyleLoss
    device: torch.device
    settings: Settings
    size: tuple[int, int]
    clip: bool
    sharing: int = 1

    @property
    def pixels(self) -> int:
        """Number of pixels of a frame."""
        return self.size[0] * self.size[1]

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that the network must give."""
        return tuple(dict.fromkeys((*self.settings.content_layers, *self.settings.style_layers)))


def largest_pass(work: Work, report: Report) -> int | None:
    """The most pixels that the network may be run on at once; None: the whole picture.

    Args:
        work: what is painted.
        report: told where it is less than the picture.

    Raises:
        UsageError: ``--memory`` asks for tiles, and network or style loss cannot.
        OutOfMemoryError: not even the smallest tiles fit into ``--memory``.
    """
    asked = work.settings.memory
    free = free_memory(str(work.device)) / work.sharing
    if asked is None and free > PLENTY * work.pixels:
        return None
    each = PASS * saved_per_pixel(step_of(work.network, work.settings, work.device))
    state = _state(work)
    allowed = KEPT_FREE * free if asked is None else bytes_of(asked) - _program(work)
    room = allowed - state
    if each * work.pixels <= room:
        return None
    reach = reach_of(work.network, work.layers)
    hindrance = next(_hindrances(work, reach), None)
    if reach is None or hindrance is not None:
        if asked is not None:
            raise UsageError(
                f"{asked} do not suffice for {_named(work.size)} as a whole, and {hindrance}",
                "--memory",
                "choose --style-loss gram, --features vgg19 or compact, or a smaller --width",
            )
        report(Notice(f"the memory may not suffice for {_named(work.size)}, and {hindrance}"))
        return None
    smallest = smallest_tile(reach)
    if asked is not None and room < each * smallest:
        least = bytes_of(asked) - room + each * smallest
        raise OutOfMemoryError(
            f"{asked} do not suffice for {_named(work.size)}, not even in the smallest tiles: "
            f"about {readable_size(least)} are needed",
            "--memory",
            f"allow more memory or give a smaller --width{_alternative(work.settings)}",
        )
    largest = max(smallest, int(room / each))
    tiles = len(tiles_for((work.size[1], work.size[0]), reach, largest).tiles)
    whole, held = readable_size(each * work.pixels + state), asked or "all that is free"
    report(
        Decision(
            "tiles", f"{tiles}: {_named(work.size)} as a whole would take {whole}, have {held}"
        )
    )
    return largest


def begun_with(folder: Path) -> dict[str, int | None]:
    """What the memory allowed when the work in a folder began, if any did.

    Args:
        folder: a work folder, which may not exist.

    Returns:
        :data:`LARGEST_PASS` and its value, or nothing.
    """
    value = (kept_fingerprint(folder) or {}).get(LARGEST_PASS, "")
    return {LARGEST_PASS: value} if value is None or isinstance(value, int) else {}


def memory_for(largest: int | None) -> AbstractContextManager[None]:
    """How the memory is to be used in a block that paints with a :func:`largest_pass`."""
    return nullcontext() if largest is None else large_buffers_given_back()


def _program(work: Work) -> int:
    """What is held before painting; of a GPU's memory only the weights."""
    weights = 0
    if isinstance(work.network, nn.Module):
        weights = sum(part.numel() * part.element_size() for part in work.network.parameters())
    return weights + (PROGRAM if work.device.type == "cpu" else 0)


def _state(work: Work) -> int:
    """What is held beside the network's pass, whatever the tiles."""
    settings = work.settings
    images = CLIP_IMAGES if work.clip else STILL_IMAGES
    if settings.optimizer == "lbfgs":
        updates = max(settings.first_iterations, settings.iterations if work.clip else 0)
        images += 2 * min(HISTORY, round(updates * settings.effort))
    flows = FLOWS * pairs_kept(work.size, settings.sweeps + 1) if work.clip else 0
    return work.pixels * (IMAGE * images + flows)


def _hindrances(work: Work, reach: Reach | None) -> Iterator[str]:
    """Why a picture cannot be painted in tiles."""
    if reach is None:
        yield f"the {work.network.name} features do not tell how far they see, which tiles need"
    if not isinstance(work.style_loss, SummedStyleLoss):
        yield f"the style loss {work.style_loss.name} compares whole pictures, not tiles"


def _alternative(settings: Settings) -> str:
    """What else would need less."""
    return ", or --optimizer adam" if settings.optimizer == "lbfgs" else ""


def _named(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
