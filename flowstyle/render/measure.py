"""Measures the finished frames against their source; whatever goes wrong, the clip is complete."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from flowstyle.core.errors import FlowstyleError, Interrupted
from flowstyle.core.events import Notice
from flowstyle.core.images import to_tensor, to_uint16
from flowstyle.core.memory import is_out_of_memory
from flowstyle.metrics.evaluation import ImagePair, evaluate_frames
from flowstyle.metrics.summary import ClipFigures
from flowstyle.render.encode import finished
from flowstyle.render.prepare import Plan
from flowstyle.render.session import Session


def measure(session: Session) -> tuple[ClipFigures | None, str]:
    """The figures of a finished render.

    The judge is Farneback's flow, not the render's and quick enough to run after every render;
    ``flowstyle eval`` takes the slower and more exact TV-L1 by default.

    Args:
        session: all painted and written.

    Returns:
        The figures and ""; or None and what ended the measuring: the clip is complete by then, and
        what is said of it must not depend on its figures.
    """
    if not session.plan.output.measure:
        return None, ""
    try:
        return _figures(session), ""
    except Exception as error:
        unmeasured = why_not_measured(error)
        session.report(Notice(f"not measured: {unmeasured}"))
        return None, unmeasured


def _figures(session: Session) -> ClipFigures:
    """Measure.

    Raises:
        Interrupted: by a signal.
    """
    plan, settings = session.plan, session.plan.settings

    def frames() -> Iterator[ImagePair]:
        for index in range(session.timeline.count):
            if session.cancel.cancelled:
                raise Interrupted(session.cancel.signum or 0, "measuring")
            styled = finished(session.sources, session.painted, index, settings.original_colors)
            yield to_uint16(session.sources.load(index)), to_uint16(styled)

    return evaluate_frames(
        frames(),
        style=judged_style(plan),
        style_scale=settings.style_scale,
        network=plan.tools.network,
        judge="farneback",
        total=session.timeline.count,
        cuts=session.timeline.cuts,
        device=plan.tools.device,
        report=session.report,
    )


def judged_style(plan: Plan) -> Tensor | None:
    """The picture that the result is compared with; None where it is not meant to have its look.

    Recoloured or blended, it has not this picture's statistics.
    """
    recoloured = plan.settings.match_colors or plan.settings.original_colors
    alone = len(plan.styles) == 1 and not recoloured
    return to_tensor(plan.styles[0].pixels) if alone else None


def why_not_measured(error: Exception) -> str:
    """Say in words what ended the measuring; raises ``error`` again if it is a mistake of ours."""
    if is_out_of_memory(error):
        return "the memory does not suffice"
    if isinstance(error, FlowstyleError):
        return error.what
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    raise error
