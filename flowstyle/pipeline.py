"""The way of a clip, in one screen.

probe → read → cut into shots → flow, both directions → trust masks → stylise → commit → write →
report. Reading, flow, committing and writing run on threads of their own beside the painting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import OutputExistsError
from flowstyle.core.events import Report, ignore
from flowstyle.core.told import Told
from flowstyle.engines.network.choose import NoNetworkError
from flowstyle.render.estimate import Estimate
from flowstyle.render.finished import explained
from flowstyle.render.foresee import estimate, within
from flowstyle.render.measure import measure
from flowstyle.render.prepare import OWN, Parts, prepare
from flowstyle.render.report import begin_record, finish_report
from flowstyle.render.result import USUAL, Output, Rendered
from flowstyle.render.session import open_session
from flowstyle.render.settings_file import keep_settings
from flowstyle.render.style_pictures import StyleLike
from flowstyle.render.train_missing import train_missing
from flowstyle.render.tune import with_tuned_network
from flowstyle.settings import Settings


def stylize_video(
    clip: str | Path,
    styles: Sequence[StyleLike],
    settings: Settings | None = None,
    output: str | Path | Output = USUAL,
    *,
    blend: Sequence[float] | None = None,
    parts: Parts = OWN,
    budget: float | None = None,
    tune: float | None = None,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> Rendered:
    """Paint a clip in the style of one or several pictures.

    Args:
        clip: a video file, a folder of pictures, or a pattern such as ``frames/%04d.png``.
        styles: pictures: paths, Pillow pictures, arrays, tensors.
        settings: what decides the pixels; None takes the preset ``default``.
        output: where the result goes, or all that can be said of how it is written.
        blend: weight of each style; None weighs them alike.
        parts: feature network, flow, style loss or engine of the caller's own.
        budget: seconds in which the render is to end; effort and width that the settings leave
            free are then chosen from a few seconds of measuring.
        tune: seconds in which a trained network is fitted to the clip first.
        report: progress, decisions, notices, and each frame that is ready.
        cancel: asked before every iteration; what is finished stays committed.

    Raises:
        FlowstyleError: see :mod:`flowstyle.core.errors`; everything committed stays for a resume.
        Interrupted: cancelled before the clip was complete; while it is measured, only that ends.

    Example:
        >>> quick = Settings.from_preset("draft", features="compact", first_iterations=1)
        >>> stylize_video("clip.mp4", ["style.png"], quick, "painted.mkv").frames
        3
    """
    cancel, told = cancel or CancelToken(), Told(report)
    planned = partial(prepare, clip, styles, settings, blend=blend, parts=parts)
    try:
        plan = planned(output=output, report=told)
    except OutputExistsError as error:
        there = partial(planned, output=may_exist(output), report=ignore)
        tuned = tune is not None
        raise explained(error, there, budget, tuned=tuned) from None
    except NoNetworkError:  # which comes last: all else is as it should be
        train_missing(styles, settings, budget, told, cancel)
        plan = planned(output=output, report=told)
    if tune is not None:
        plan = with_tuned_network(plan, tune, told, cancel)
    if budget is not None:
        plan = within(plan, budget, told, cancel)
    with open_session(plan, told, cancel) as session:
        begin_record(session, told)
        pace = session.paint()
        written = session.written(pace)
        keep_settings(plan, told)
        figures, unmeasured = measure(session)
        page = finish_report(session, told, written, figures, unmeasured)
    return session.rendered(written, figures, unmeasured, page)


def estimate_video(
    clip: str | Path,
    styles: Sequence[StyleLike],
    settings: Settings | None = None,
    output: str | Path | Output = USUAL,
    *,
    blend: Sequence[float] | None = None,
    parts: Parts = OWN,
    budget: float | None = None,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> Estimate:
    """Time, memory and disk that :func:`stylize_video` would take, from a few seconds of measuring.

    Args:
        clip: see :func:`stylize_video`, as all others.
        styles: pictures.
        settings: what decides the pixels.
        output: where the result would go; nothing is written there, and it may exist.
        blend: weight of each style.
        parts: of the caller's own.
        budget: what would be chosen for it is estimated.
        report: progress, decisions, notices.
        cancel: asked before every iteration.

    Raises:
        FlowstyleError: whatever the render would be refused for.
    """
    cancel = cancel or CancelToken()
    asked = may_exist(output)  # nothing is written there
    plan = prepare(clip, styles, settings, asked, report, blend=blend, parts=parts)
    if budget is not None:
        plan = within(plan, budget, report, cancel)
    return estimate(plan, report, cancel)


def may_exist(output: str | Path | Output) -> Output:
    """The same output, for who only looks: it may be there already, and nothing is set aside."""
    asked = output if isinstance(output, Output) else Output(Path(output))
    return replace(asked, overwrite=True, restart=False)
