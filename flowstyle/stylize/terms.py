"""The terms of a frame's objective: settings in, named weighted terms out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from flowstyle.losses.objective import Compute, Term
from flowstyle.losses.targets import ContentTarget, StyleLoss, StyleTarget
from flowstyle.losses.temporal import temporal_mse, temporal_smooth_l1
from flowstyle.losses.tv import total_variation_l2
from flowstyle.settings import Settings
from flowstyle.stylize.neighbors import Pull


def style_loss_name(settings: Settings) -> StyleLoss:
    """The style loss: Gram matrices in the units of the normalisation, or a distribution's."""
    return settings.normalization if settings.style_loss == "gram" else settings.style_loss


def frame_terms(
    settings: Settings, content: ContentTarget, style: StyleTarget, pulls: Sequence[Pull]
) -> dict[str, Term]:
    """Content, style, temporal and total variation terms of one frame.

    Args:
        settings: weights and kinds of the losses.
        content: the frame's activations.
        style: the style's statistics at this size.
        pulls: warped neighbours; each adds its own temporal term, divided by their number.
    """
    terms = {
        "content": Term(settings.content_weight, content, content.layers),
        "style": Term(settings.style_weight, style, style.layers),
        "tv": Term(settings.tv_weight * tv_unit(settings), lambda _, x: total_variation_l2(x)),
    }
    for number, one in enumerate(pulls):
        name = "temporal" if number == 0 else f"temporal{number + 1}"
        weight = one.weight * temporal_unit(settings) / (1 if settings.long_term else len(pulls))
        terms[name] = Term(weight, _temporal(settings, one))
    return terms


def temporal_unit(settings: Settings) -> float:
    """Factor that brings the temporal term into the normalisation's units.

    Artistic-videos measures pictures in 0 … 256, this program in [0, 1].
    """
    return 256.0**2 if settings.normalization == "ruder" else 1.0


def tv_unit(settings: Settings) -> float:
    """Factor that brings total variation into the normalisation's units, as above."""
    return 256.0**2 if settings.normalization == "ruder" else 1.0


def _temporal(settings: Settings, one: Pull) -> Compute:
    loss = temporal_mse if settings.temporal_loss == "mse" else temporal_smooth_l1

    def compute(features: Mapping[str, Tensor], image: Tensor) -> Tensor:
        return loss(image, one.image, one.trust)

    return compute
