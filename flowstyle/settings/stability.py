"""The dial ``stability``: one number from frames made alone to frames that are locked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowstyle.settings.groups.following import Following
from flowstyle.settings.groups.optimisation import Optimisation
from flowstyle.settings.groups.sweeps import Sweeps

STABILITY_DEFAULT = 0.6
"""The dial's position that leaves a preset as it is."""

TRUST_LEAST = 0.3
"""With less, frames boil more than those made alone, whose paint is softer."""

REPAINTING = 32
"""Iterations that later frames would get beside their own with no trust at all: what is not trusted
begins with the clip in the paint's colours, and has to be painted. With fewer the style fades away
from frame to frame (METHOD 14, which began with the clip's own colours; carphone
at 0.1: 2.7 times as far away after 12 frames with 4 in all, as near with 31)."""

STABILITY_DECADES = 4.0
"""Powers of ten of the temporal weight from one end of the dial to the other."""

_WEIGHTS = {
    "temporal_weight": Following.model_fields["temporal_weight"].default,
    "sweep_temporal_weight": Sweeps.model_fields["sweep_temporal_weight"].default,
}
_DEFAULTS = {
    name: Optimisation.model_fields[name].default
    for name in ("iterations", "learning_rate", "next_learning_rate")
}


MOST_RATE = 10
"""Largest step that the settings take."""


def stability_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the dial sets.

    At 0 every frame is made alone. Up to the preset's own position the trust in the neighbours
    rises (with full trust the warped start alone makes frames stable), and what has to be painted
    anew in each frame falls, in iterations and in their steps; over the whole way a factor on the
    temporal weights rises.

    Args:
        values: settings so far, with ``stability``; missing ones are at their defaults.

    Returns:
        The settings that the dial replaces.
    """
    dial = float(values["stability"])
    if dial == 0:
        return {"neighbors": False, "sweeps": 0, "lock_static": False}
    factor = 10 ** (STABILITY_DECADES * (dial - STABILITY_DEFAULT))
    replaced: dict[str, Any] = {"neighbors": True}
    if dial < STABILITY_DEFAULT:
        part = dial / STABILITY_DEFAULT
        trust = TRUST_LEAST + (1 - TRUST_LEAST) * part
        replaced |= {"trust": trust, "lock_static": False, **_repainting(values, part)}
    for name, default in _WEIGHTS.items():
        weight = values.get(name, default)
        if weight is not None:
            replaced[name] = float(weight) * factor
    return replaced


def _repainting(values: Mapping[str, Any], part: float) -> dict[str, Any]:
    """More iterations for later frames, and steps on the way from the first frame's to their own.

    Values that the settings will refuse are left for them to refuse.

    Args:
        values: settings so far.
        part: of the way from the dial's beginning to the preset's own position.
    """
    iterations, first, own = (values.get(name, default) for name, default in _DEFAULTS.items())
    replaced: dict[str, Any] = {}
    if _is_number(iterations) and iterations >= 0:
        replaced["iterations"] = iterations + round(REPAINTING * (1 - part))
    if all(_is_number(one) and 0 < one <= MOST_RATE for one in (first, own)):
        replaced["next_learning_rate"] = first + part * (own - first)
    return replaced


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
