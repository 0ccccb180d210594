"""The dial ``stability``: one number from frames made alone to frames that are locked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowstyle.settings.groups.following import Following
from flowstyle.settings.groups.sweeps import Sweeps

STABILITY_DEFAULT = 0.6
"""The dial's position that leaves a preset as it is."""

TRUST_LEAST = 0.3
"""With less, frames boil more than those made alone, whose paint is softer."""

STABILITY_DECADES = 4.0
"""Powers of ten of the temporal weight from one end of the dial to the other."""

_WEIGHTS = {
    "temporal_weight": Following.model_fields["temporal_weight"].default,
    "sweep_temporal_weight": Sweeps.model_fields["sweep_temporal_weight"].default,
}


def stability_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the dial sets.

    At 0 every frame is made alone. Up to the preset's own position the trust in the neighbours
    rises (with full trust the warped start alone makes frames stable); over the whole way a
    factor on the temporal weights does.

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
        replaced |= {"trust": TRUST_LEAST + (1 - TRUST_LEAST) * part, "lock_static": False}
    for name, default in _WEIGHTS.items():
        weight = values.get(name, default)
        if weight is not None:
            replaced[name] = float(weight) * factor
    return replaced
