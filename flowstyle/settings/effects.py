"""Options that were given and cannot have an effect: said, instead of ignored in silence."""

from __future__ import annotations

from collections.abc import Collection

from flowstyle.settings import Settings

NEIGHBORS = {
    "temporal_weight",
    "temporal_loss",
    "long_term",
    "sweeps",
    "missed",
    "overshoot",
    "edges",
    "mask_dilate",
    "mask_blur",
    "mask_soften",
}
"""Settings that say how a frame follows its neighbours."""

MASKS = {"missed", "overshoot", "edges", "mask_dilate", "mask_blur", "mask_soften"}
VGG_ONLY = {"pooling", "weights"}


def idle_options(settings: Settings, given: Collection[str]) -> dict[str, str]:
    """Which of the given settings do nothing in a render, and why.

    Args:
        settings: of the render.
        given: names of the settings that the user set.

    Returns:
        Name of the setting to the reason.
    """
    found: dict[str, str] = {}
    if not settings.neighbors:
        alone = "every frame is made alone"
        found.update({name: alone for name in NEIGHBORS.intersection(given)})
    if settings.mask_rule == "reference":
        found.update({name: "the reference's masks are used" for name in MASKS.intersection(given)})
    if settings.features == "compact":
        found.update(
            {name: "the compact features have none" for name in VGG_ONLY.intersection(given)}
        )
    if "temporal_loss" in given and not settings.temporal_weight:
        found.setdefault("temporal_loss", "the temporal weight is 0")
    return dict(sorted(found.items()))
