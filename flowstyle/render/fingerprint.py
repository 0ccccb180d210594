"""What decides the bytes of a render: compared before a work folder is gone on with."""

from __future__ import annotations

from typing import Any

from flowstyle.core.disk import readable_size
from flowstyle.guides.styles import StylePicture
from flowstyle.media.shot_list import read_shots_csv
from flowstyle.media.shots import DETECTION
from flowstyle.optimize.precision import render_precision
from flowstyle.render.passes import LARGEST_PASS
from flowstyle.render.prepare import Plan
from flowstyle.settings.catalogue import fields
from flowstyle.settings.effects import without_effect
from flowstyle.storage.fingerprint import IDLE, PRESET, TOLD, file_identity, machine_identity

METHOD = 29
"""Raised whenever the same settings give other pixels, so that no render is gone on with in
another way than it began."""

BY_CONTENT = {
    "device",
    "engine",
    "features",
    "flow",
    "memory",
    "precision",
    "preset",
    "shots",
    "style_loss",
    "weights",
}
"""Settings that only name what is compared by its content or by what came of it: a file may have
moved, and ``auto`` may mean another thing tomorrow."""

AFTERWARDS = {"original_colors"}
"""Settings that count when the result is written, from the same frames."""


def fingerprint(plan: Plan) -> dict[str, Any]:
    """Everything that decides the bytes of the frames, for the check on resume."""
    settings, tools = plan.settings, plan.tools
    flow = "files" if plan.flow.reach == "files" else plan.flow.name
    shots = None if settings.shots is None else read_shots_csv(settings.shots)
    clip = file_identity(plan.clip.pictures or plan.clip.path)
    with plan.shares.threads.used():  # as the render computes, also where it is only asked about
        machine = machine_identity(str(tools.device))
    return {
        TOLD: {
            "clip": _clip_as_told(plan, clip["bytes"]),
            "styles": _styles_as_told(plan),
            PRESET: settings.preset,
            IDLE: list(without_effect(settings, fields())),
        },
        "method": METHOD,
        "settings": settings.model_dump(mode="json", exclude=BY_CONTENT | AFTERWARDS),
        "clip": {
            **clip,
            "stream": plan.clip.stream,
            "bars": plan.clip.bars,
        },
        "alpha": plan.keep_alpha,
        "styles": [_identity(style, plan) for style in plan.styles],
        "shots": shots,
        "detection": DETECTION if shots is None and settings.cuts else None,
        "flow": {"name": flow, "digest": plan.flow.digest},
        "features": {"name": tools.network.name, "digest": tools.network.digest},
        "style_loss": {"name": tools.style_loss.name, "digest": tools.style_loss.digest},
        "engine": {"name": tools.engine.name, "digest": tools.engine.digest},
        "precision": str(render_precision(settings, tools.device)),  # what ``auto`` means here
        LARGEST_PASS: plan.largest_pass,  # other tiles are other roundings
        "machine": machine,
    }


def _identity(style: StylePicture, plan: Plan) -> dict[str, Any]:
    """A style by its content and its share in the mixture."""
    share = style.weight / sum(one.weight for one in plan.styles)
    return {"sha256": style.identity, "share": share}


def _clip_as_told(plan: Plan, count: int) -> str:
    """A clip of so many bytes for a person: name, size, length."""
    clip = plan.clip
    length = "" if clip.frames is None else f"{clip.frames} frames, "
    name = clip.path.name or clip.path.resolve().name  # "." has none
    return f"{name} ({clip.whole[0]}×{clip.whole[1]}, {length}{readable_size(count)})"


def _styles_as_told(plan: Plan) -> str:
    """The names of the styles."""
    names = [style.path.name if style.path else style.name for style in plan.styles]
    return ", ".join(name or "one without a name" for name in names)
