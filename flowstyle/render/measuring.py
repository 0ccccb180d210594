"""How long the measuring at a render's end takes, tried on a few small frames."""

from __future__ import annotations

import time
from collections.abc import Sequence

from flowstyle.metrics.evaluation import ImagePair, evaluate_frames
from flowstyle.render.estimate import Measuring
from flowstyle.render.measure import judged_style
from flowstyle.render.prepare import Plan


def timed_measuring(pairs: Sequence[ImagePair], plan: Plan) -> Measuring:
    """Measure a few frames: as most of a long clip are, in full, and with their style.

    Args:
        pairs: source and painted frame of each.
        plan: of the render.
    """
    count = len(pairs)
    plain = _seconds(pairs, plan, styled=False, total=LONG)
    full = _seconds(pairs, plan, styled=False, total=count)
    whole = _seconds(pairs, plan, styled=True, total=count)
    return Measuring(
        plain / count, max(0.0, full - plain) / count, max(0.0, whole - full) / (count + 1)
    )


LONG = 10**6
"""Frames of a clip whose first ones are not measured in full."""


def _seconds(pairs: Sequence[ImagePair], plan: Plan, *, styled: bool, total: int) -> float:
    """Seconds that measuring takes, by the judge of a render's end.

    Args:
        pairs: what is measured.
        plan: of the render.
        styled: with style and content.
        total: frames of the clip that they are taken for a part of.
    """
    began = time.monotonic()
    evaluate_frames(
        pairs,
        style=judged_style(plan) if styled else None,
        style_scale=plan.settings.style_scale,
        network=plan.tools.network if styled else None,
        judge="farneback",
        total=total,
        cuts=[],
        device=plan.tools.device,
    )
    return time.monotonic() - began
