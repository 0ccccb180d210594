"""Settings that the styles of a render bring with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flowstyle.core.errors import UsageError
from flowstyle.networks.card import is_trained


def brought_by(styles: Sequence[Path], given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that styles bring with them: a trained network its engine.

    Raises:
        UsageError: another engine was asked for.
    """
    networks = [style for style in styles if is_trained(style)]
    if not networks:
        return {}
    if given.get("engine", "network") != "network":
        raise UsageError(
            f"the engine {given['engine']} cannot paint with a trained network",
            str(networks[0]),
            "leave --engine out, or give the picture that the network was trained for",
        )
    return {"engine": "network"}
