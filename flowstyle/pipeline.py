"""The way of a clip, in one screen.

probe → read → cut into shots → flow, both directions → trust masks → stylise → commit → write →
report. Reading, flow, committing and writing run on threads of their own beside the painting.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from flowstyle.core.cancel import CancelToken
from flowstyle.core.events import Decision, Report, ignore
from flowstyle.render.measure import measure
from flowstyle.render.prepare import OWN, Parts, prepare
from flowstyle.render.result import USUAL, Output, Rendered
from flowstyle.render.session import open_session
from flowstyle.render.style_pictures import StyleLike
from flowstyle.settings import Settings


def stylize_video(
    clip: str | Path,
    styles: Sequence[StyleLike],
    settings: Settings,
    output: Output = USUAL,
    *,
    blend: Sequence[float] | None = None,
    parts: Parts = OWN,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> Rendered:
    """Paint a clip in the style of one or several pictures.

    Args:
        clip: a video file, a folder of pictures, or a pattern such as ``frames/%04d.png``.
        styles: the pictures.
        settings: what decides the pixels.
        output: where and how the result is written.
        blend: weight of each style; None weighs them alike.
        parts: feature network, flow or engine of the caller's own.
        report: progress, decisions, notices, and each frame that is ready.
        cancel: asked before every iteration; what is finished stays committed.

    Returns:
        What was rendered.

    Raises:
        FlowstyleError: see :mod:`flowstyle.core.errors`; everything committed stays for a resume.
        Interrupted: cancelled before the clip was complete; while it is measured, only that ends.
    """
    began = time.monotonic()
    plan = prepare(Path(clip), styles, settings, output, report, blend=blend, parts=parts)
    with open_session(plan, report, cancel or CancelToken()) as session:
        session.paint()
        frames = session.written()
        seconds = time.monotonic() - began  # measuring is another matter
        cuts = session.cuts()
        listed = ", ".join(map(str, cuts))
        report(Decision("shots", f"cuts before frames {listed}" if cuts else "one, no cuts found"))
        figures, unmeasured = measure(session)
        repeated = session.repeated()
    network = plan.tools.network.name
    return Rendered(
        plan.path, frames, plan.size, seconds, cuts, repeated, network, figures, unmeasured
    )
