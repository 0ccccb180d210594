"""How long the measuring at a render's end takes, tried on a few small frames."""

from __future__ import annotations

import time
from collections.abc import Sequence

from flowstyle.metrics.evaluation import ImagePair, evaluate_frames
from flowstyle.render.estimate import Measuring
from flowstyle.render.measure import judged_style
from flowstyle.render.prepare import Plan


def timed_measuring(pairs: Sequence[ImagePair], plan: Plan) -> Measuring:
    """Measure a few frames without and with their style.

    Args:
        pairs: source and painted frame of each.
        plan: of the render.
    """
    plain = _seconds(pairs, plan, styled=False)
    whole = _seconds(pairs, plan, styled=True)
    count = len(pairs)
    return Measuring(plain / count, max(0.0, whole - plain) / (count + 1))


def _seconds(pairs: Sequence[ImagePair], plan: Plan, *, styled: bool) -> float:
    """Seconds that measuring takes, by the judge of a render's end."""
    began = time.monotonic()
    evaluate_frames(
        pairs,
        style=judged_style(plan) if styled else None,
        style_scale=plan.settings.style_scale,
        network=plan.tools.network if styled else None,
        judge="farneback",
        cuts=[],
        device=plan.tools.device,
    )
    return time.monotonic() - began
