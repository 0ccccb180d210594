"""Newly shown areas, which no neighbour tells about: painted first at smaller sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from flowstyle.optimize.pyramid import resize
from flowstyle.settings import Settings
from flowstyle.stylize.neighbors import Pull, fill
from flowstyle.stylize.plan import scaled_iterations

WORTH_FILLING = 0.002  # share of a frame that no neighbour tells about, from which on it is filled
FILL_STEP = 2.0  # how much further newly shown areas move in an iteration

Optimise = Callable[[Tensor, Tensor, Sequence[Pull], int, float], Tensor]
"""(start, source frame, pulls, iterations, step) to the stylised picture, all of one size."""


def paint_fresh(
    optimise: Optimise, content: Tensor, pulls: Sequence[Pull], settings: Settings
) -> Tensor:
    """Stylise a frame at a quarter and a half of its size, held where neighbours tell about it.

    A few iterations at the full size leave newly shown areas looking like the clip; at smaller
    sizes many more are affordable. The rest of the frame is held meanwhile, so that the new paint
    continues the strokes around it.

    Args:
        optimise: the engine's work on a picture of any size.
        content: 1×3×H×W, the source frame.
        pulls: neighbours.
        settings: the render's.

    Returns:
        1×3×H×W: the large strokes on the detail of the content; the content itself where nearly
        all of the frame is known.
    """
    iterations = scaled_iterations(settings.fill_iterations, settings.effort)
    open_share = 1 - float(torch.stack([one.trust for one in pulls]).amax(0).mean())
    if iterations == 0 or open_share < WORTH_FILLING:
        return content
    step = settings.learning_rate * (FILL_STEP if settings.optimizer == "adam" else 1)
    height, width = content.shape[-2:]
    painted = content
    # At a quarter of the size an iteration costs next to nothing, and large strokes come first.
    for factor, rounds in ((4, 2 * iterations), (2, iterations)):
        size = (max(16, height // factor), max(16, width // factor))
        photo = resize(content, size)
        held = [_resized(one, size) for one in pulls]
        image = optimise(fill(held, resize(painted, size)), photo, held, rounds, step)
        painted = (content + _enlarged(image - photo, (height, width))).clamp(0, 1)
    return painted


def further_steps(
    pulls: Sequence[Pull], learning_rate: float, settings: Settings, *, shared_out: bool
) -> Tensor | None:
    """Factors on Adam's step: areas that no neighbour holds move further, there is more to do.

    Args:
        pulls: neighbours.
        learning_rate: the step elsewhere.
        settings: the render's.
        shared_out: the masks of the pulls do not overlap.

    Returns:
        1×1×H×W, 1 or more; None without neighbours.
    """
    if not pulls:
        return None
    further = max(1.0, FILL_STEP * settings.learning_rate / learning_rate)
    trust = torch.stack([one.trust for one in pulls])
    open_ = 1 - (trust.sum(0).clamp(0, 1) if shared_out else trust.amax(0))
    return 1 + (further - 1) * open_


def _resized(one: Pull, size: tuple[int, int]) -> Pull:
    """A pull for a smaller picture."""
    return replace(
        one,
        image=resize(one.image, size),
        trust=resize(one.trust, size),
        static=resize(one.static, size),
    )


def _enlarged(difference: Tensor, size: tuple[int, int]) -> Tensor:
    """A signed difference at a larger size, bicubic."""
    return torch.nn.functional.interpolate(difference, size, mode="bicubic", align_corners=False)
