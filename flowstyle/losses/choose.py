"""The style loss that the settings name."""

from __future__ import annotations

from flowstyle.losses.style import GRAM_LOSSES
from flowstyle.losses.style_loss import STYLE_LOSSES, StyleLoss
from flowstyle.settings import Settings


def choose_style_loss(settings: Settings) -> StyleLoss:
    """The style loss of a render: on Gram matrices in the normalisation's units, or as named.

    Raises:
        UsageError: there is none of that name.

    Example:
        >>> choose_style_loss(Settings(style_loss="sliced")).name
        'sliced'
    """
    if settings.style_loss == "gram":
        return GRAM_LOSSES[settings.normalization]
    return STYLE_LOSSES.get(settings.style_loss)
