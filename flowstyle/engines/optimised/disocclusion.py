"""Disocclusions that no neighbour and no frame ahead serves: painted first at smaller sizes."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from flowstyle.engines.optimised.iterations import scaled_iterations
from flowstyle.optimize.pyramid import enlarged_paint, resize
from flowstyle.settings import Settings

WORTH_FILLING = 0.002  # share of a frame that no neighbour can start, from which on it is filled

Optimise = Callable[[Tensor, Tensor, int], Tensor]
"""(start, source frame, iterations) to the stylised picture, all of one size."""


def paint_disocclusions(
    optimise: Optimise, content: Tensor, new: float, settings: Settings
) -> Tensor:
    """Stylise a frame at a quarter and a half of its size, for the areas that need new paint.

    A few iterations at the full size leave newly shown areas looking like the clip; at smaller
    sizes many more are affordable. The whole frame is painted, like a first one: if all the rest
    were held, these areas alone would have to make up for whatever the frame lacks of the style's
    statistics, and would get colours that fit the style and not the place.

    Args:
        optimise: the engine's work on a picture of any size, without neighbours.
        content: 1×3×H×W, the source frame.
        new: share of the frame that no neighbour and no frame ahead serves.
        settings: the render's.

    Returns:
        1×3×H×W: the large strokes on the detail of the content; the content itself where nearly
        all of the frame is known.
    """
    # Half as many as for a frame ahead, which is painted once and not for every frame.
    iterations = scaled_iterations(settings.fill_iterations, 0.5 * settings.effort)
    if iterations == 0 or new < WORTH_FILLING:
        return content
    height, width = content.shape[-2:]
    painted = content
    # At a quarter of the size an iteration costs next to nothing, and large strokes come first.
    for factor, rounds in ((4, 4 * iterations), (2, iterations)):
        size = (max(16, height // factor), max(16, width // factor))
        photo = resize(content, size)
        image = optimise(resize(painted, size), photo, rounds)
        painted = (content + enlarged_paint(image - photo, (height, width))).clamp(0, 1)
    return painted
