"""Losses of one picture: content, style, smoothness, and their units.

Weights are relative to each other. With ``normalization = "relative"`` every term is free of units
(see :mod:`flowstyle.losses`), so that the same weights serve every feature network.
"""

from __future__ import annotations

from typing import Literal

from flowstyle.settings.declaration import LOSSES, Group, setting


class Losses(Group):
    """Losses of one picture."""

    normalization: Literal["relative", "gatys", "ruder"] = setting(
        "relative",
        panel=LOSSES,
        needs=["optimised"],
        cli=False,
        help="Units of content and style loss: free of units, or as in one of the two papers.",
    )
    content_weight: float = setting(
        1.0,
        ge=0,
        panel=LOSSES,
        needs=["optimised"],
        help="Weight of the content: what is seen stays.",
    )
    style_weight: float = setting(
        12.0,
        ge=0,
        panel=LOSSES,
        needs=["optimised"],
        help="Weight of the style: brushwork and colours of the picture.",
    )
    palette_weight: float = setting(
        24.0,
        ge=0,
        panel=LOSSES,
        needs=["optimised"],
        help="Weight of the style's palette: mean and spread of the paint's colours.",
    )
    tv_weight: float = setting(
        10.0,
        ge=0,
        panel=LOSSES,
        needs=["optimised"],
        help="Weight of the total variation: smoothness.",
    )
    range_weight: float = setting(
        0.0,
        ge=0,
        panel=LOSSES,
        cli=False,
        needs=["optimised", "lbfgs"],
        help="Weight of the mean squared distance of pixel values from [0, 1]: keeps L-BFGS, which "
        "is not clamped, within the colours that can be shown.",
    )
    content_layers: tuple[str, ...] = setting(
        ("relu4_2",),
        panel=LOSSES,
        needs=["optimised"],
        help="Layers that hold the content, e.g. relu4_2; several are separated by commas.",
    )
    style_layers: tuple[str, ...] = setting(
        ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
        panel=LOSSES,
        needs=["optimised"],
        help="Layers that hold the style, separated by commas, e.g. relu1_1,relu2_1,relu3_1.",
    )
    style_scale: float = setting(
        1.0,
        gt=0,
        le=8,
        unit="× the frame's size",
        panel=LOSSES,
        help="Size of the style picture relative to the frame: larger gives larger brushwork.",
    )
    style_loss: str = setting(
        "gram",
        panel=LOSSES,
        needs=["optimised"],
        choices=["gram", "wasserstein", "sliced"],
        help="How the style's statistics are compared.",
    )
    normalize_gradients: bool = setting(
        False,
        panel=LOSSES,
        needs=["optimised"],
        flag="--normalize-gradients/--plain-gradients",
        help="Scale each term's gradient to its weight, so that weights mean the same for all "
        "styles.",
    )
    match_colors: bool = setting(
        False,
        panel=LOSSES,
        needs=["optimised"],
        flag="--match-colors/--no-match-colors",
        help="Give the style the colours (mean and covariance) of the photograph, or of each "
        "shot's first frame.",
    )
