"""The terms of a frame's objective on pixels: settings in, named weighted terms out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from torch import Tensor

from flowstyle.losses.objective import Compute, Term
from flowstyle.losses.range import out_of_range
from flowstyle.losses.temporal import temporal_mse, temporal_smooth_l1
from flowstyle.losses.tv import total_variation_l2
from flowstyle.settings import Settings
from flowstyle.temporal.pulls import Pull

PIXEL = 256.0
"""Artistic-videos reads pictures in 0 … 256. What that does to activations is undone by
:class:`flowstyle.features.rescale.CaffeScale`."""


RANGE = Term(1.0, lambda _, image: out_of_range(image))
"""Keeps L-BFGS, which is not clamped, within the colours that can be shown."""


def pixel_terms(
    settings: Settings, pulls: Sequence[Pull], *, exclusive: bool = False
) -> dict[str, Term]:
    """Temporal and total variation terms of one frame.

    Args:
        settings: weights and kinds of the losses.
        pulls: warped neighbours; each adds its own temporal term, divided by their number.
        exclusive: not divided, since their masks do not overlap.
    """
    smooth = ruder_tv if settings.normalization == "ruder" else total_variation_l2
    terms = {"tv": Term(settings.tv_weight, lambda _, image: smooth(image))}
    # Ruder's long-term masks share each pixel out among the frames already.
    share = 1 if exclusive else max(1, len(pulls))
    for number, one in enumerate(pulls):
        name = "temporal" if number == 0 else f"temporal{number + 1}"
        terms[name] = Term(one.weight / share, _temporal(settings, one))
    if settings.optimizer == "lbfgs":  # Adam's iterates are clamped
        terms["range"] = replace(RANGE, weight=settings.range_weight)
    return terms


def ruder_tv(image: Tensor) -> Tensor:
    """½ Σ of squared differences in 0 … 256, whose gradient artistic-videos' TVLoss gives."""
    pixels = image.shape[-3] * image.shape[-2] * image.shape[-1]
    return 0.5 * pixels * PIXEL**2 * total_variation_l2(image)


def _temporal(settings: Settings, one: Pull) -> Compute:
    """The temporal term of one neighbour, in the normalisation's units.

    In Ruder's units smooth L1 is torch's criterion on pictures in 0 … 256: linear beyond one grey
    level, as artistic-videos' SmoothL1Criterion.
    """
    ruder = settings.normalization == "ruder"

    def mse(features: Mapping[str, Tensor], image: Tensor) -> Tensor:
        unit = PIXEL**2 if ruder else 1.0
        return unit * temporal_mse(image, one.image, one.trust)

    def smooth(features: Mapping[str, Tensor], image: Tensor) -> Tensor:
        if not ruder:
            return temporal_smooth_l1(image, one.image, one.trust)
        # Half of temporal_smooth_l1's scale is the criterion's own at a beta of 1.
        return 0.5 * temporal_smooth_l1(PIXEL * image, PIXEL * one.image, one.trust, beta=1.0)

    return mse if settings.temporal_loss == "mse" else smooth
