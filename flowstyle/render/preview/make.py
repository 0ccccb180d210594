"""The way of a preview: look at the clip → measure a pass → choose a size → paint → foretell."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from flowstyle.core.cancel import Cancelled, CancelToken
from flowstyle.core.errors import Interrupted, UsageError
from flowstyle.core.events import Decision, Progress, Report, Stage, ignore
from flowstyle.core.types import Frame
from flowstyle.engines.optimised.iterations import scaled_iterations
from flowstyle.media.clip_writer import open_writer
from flowstyle.media.glance import Listing, list_frames
from flowstyle.media.output import is_pictures
from flowstyle.media.reader import refuse_cut_off
from flowstyle.render.estimate import Measuring, Work
from flowstyle.render.measuring import timed_measuring
from flowstyle.render.prepare import Plan, prepare
from flowstyle.render.preview.choice import CLEAR, LADDER, Rung, at_rung, choose, small_size
from flowstyle.render.preview.foretold import Small, foretell
from flowstyle.render.preview.moments import LOOK, Shown, guess_shots, read_moments
from flowstyle.render.preview.painting import LookPainter
from flowstyle.render.preview.result import Look, LookPreview, Picture, Preview
from flowstyle.render.rehearsal import Pass, count_shots, pass_at, passes
from flowstyle.render.result import USUAL, Output

SECONDS = 20.0
"""In which a preview is to end."""
SHEETS = 2.5
"""Seconds that are kept for writing what was painted, and for measuring some frames of it."""
MOST = 12
"""Looks beside each other."""
FEW = 150e6
"""Pixels of a clip, all frames together, up to which its cuts are found exactly."""
OWN_TRIES = 4
"""Passes at the preview's own size, of which the quickest counts: they are short."""
MEASURED = 3
"""Frames of the moving piece on which the measuring at a render's end is timed."""


def preview_video(
    clip: str | Path,
    looks: Sequence[Look],
    output: Output = USUAL,
    *,
    seconds: float = SECONDS,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> Preview:
    """Paint three frames and a short moving piece of a clip small, in one or several looks.

    Nothing is written. Size and iterations are chosen so that it ends in time on this machine as
    busy as it is; the first look and the quickest of them are painted in any case.

    Args:
        clip: a video file, a folder of pictures, or a pattern.
        looks: styles and settings, at least one.
        output: of the full render, for the estimate; it may exist.
        seconds: in which it is to end.
        report: progress and decisions.
        cancel: asked before every iteration.

    Raises:
        UsageError: no looks, or too many.
        FlowstyleError: whatever the full render would be refused for.
        Interrupted: cancelled.

    Example:
        >>> from flowstyle.settings import Settings
        >>> look = Look("dots", ["style.png"], Settings.from_preset("draft", features="compact"))
        >>> len(preview_video("clip.mp4", [look], seconds=1).looks[0].stills)
        3
    """
    began, cancel = time.monotonic(), cancel or CancelToken()
    if not 1 <= len(looks) <= MOST:
        raise UsageError(
            f"{len(looks)} looks beside each other", "preview", f"give 1 to {MOST} of them"
        )
    allowed = replace(output, overwrite=True)  # nothing is written there
    try:
        plans = [
            prepare(clip, look.styles, look.settings, allowed, told, blend=look.blend)
            for look, told in zip(looks, [report, *[ignore] * len(looks)], strict=False)
        ]
        seen = _look_at(plans, cancel)
        measured = _measured(plans)
        left = began + seconds - SHEETS - time.monotonic()
        rung, size = _chosen(seen.plans, measured, left)
        report(Decision("preview", told(rung, size, seen.plans[0].size, seconds)))
        shown = seen.shown.resized(size, rung.moving)
        painted = _painted(looks, seen, measured, shown, (rung, size), left, report, cancel)
    except Cancelled as cancelled:
        raise Interrupted(cancel.signum or 0, cancelled, "the same command again") from None
    info, full = plans[0].clip, plans[0].size
    return Preview(
        clip=Path(clip),
        size=size,
        full=full,
        pixel_shape=float(info.sample_aspect or 1),
        rate=info.rate,
        moments=shown.moments(info),
        sources=tuple(_eight_bits(frame) for frame in shown.stills),
        moving=tuple(_eight_bits(frame) for frame in shown.moving)[: len(painted[0].moving)],
        looks=tuple(painted),
        differs=tuple(differences(seen.plans, rung, size)),
        seconds=time.monotonic() - began,
    )


@dataclass(frozen=True, eq=False)
class _Seen:
    """What was looked at before anything is painted."""

    plans: list[Plan]
    work: Work
    shown: Shown


def _look_at(plans: list[Plan], cancel: CancelToken) -> _Seen:
    """Frames, shots, and the frames that are shown."""
    plan = plans[0]
    listing = list_frames(plan.clip)
    if plan.output.on_corrupt == "stop":
        refuse_cut_off(plan.clip, plan.settings.start_frame, plan.total)
    frames, shots = _work(plan, listing, cancel)
    plans = [replace(one, total=frames) for one in plans]
    largest = small_size(plan.size, LADDER[0].pixels)
    shown = read_moments(plans[0], listing, largest, LADDER[0].moving, cancel)
    return _Seen(plans, Work(frames, shots), shown)


def _work(plan: Plan, listing: Listing | None, cancel: CancelToken) -> tuple[int, int]:
    """Frames and shots of the full render."""
    if not plan.settings.cuts and plan.total is not None:
        return plan.total, 1
    few = plan.total is None or plan.total * plan.size[0] * plan.size[1] <= FEW
    if few or listing is None or plan.settings.shots is not None or plan.total is None:
        return count_shots(plan, cancel, look=LOOK)
    return plan.total, guess_shots(plan, listing, cancel)


def _measured(plans: Sequence[Plan]) -> list[tuple[Pass, Pass]]:
    """Passes for each look; looks that paint by the same network share them."""
    known: dict[object, tuple[Pass, Pass]] = {}
    found = []
    for plan in plans:
        tools, settings = plan.tools, plan.settings
        layers = (settings.content_layers, settings.style_layers)
        key = (tools.engine.name, tools.engine.digest, tools.network.digest, layers, plan.size)
        if key not in known:
            known[key] = passes(plan, (2, 2))
        found.append(known[key])
    return found


def _chosen(
    plans: Sequence[Plan], measured: Sequence[tuple[Pass, Pass]], left: float
) -> tuple[Rung, tuple[int, int]]:
    """How the preview is painted."""
    step = max(small.seconds / small.pixels for small, _ in measured)
    return choose([plan.settings for plan in plans], plans[0].size, step, left)


def told(rung: Rung, size: tuple[int, int], full: tuple[int, int], seconds: float) -> str:
    """How a preview is painted, in words; and how it gets larger, where it is soft.

    Args:
        rung: what was chosen.
        size: (width, height) of its frames.
        full: of the render's.
        seconds: that it was given.
    """
    text = f"{size[0]}×{size[1]}, {rung.moving} frames that move"
    if rung.pixels >= CLEAR or size == full:
        return text
    soft = f"soft: {seconds:g} s allow no more on this machine, as busy as it is"
    return f"{text}; {soft}; --seconds {3 * seconds:g} shows more"


def _painted(
    looks: Sequence[Look],
    seen: _Seen,
    measured: Sequence[tuple[Pass, Pass]],
    shown: Shown,
    chosen: tuple[Rung, tuple[int, int]],
    left: float,
    report: Report,
    cancel: CancelToken,
) -> list[LookPreview]:
    """All looks, one after the other, each in its share of the time that is left."""
    (rung, size), began = chosen, time.monotonic()
    figures: Measuring | None = None
    done, total = 0, len(looks) * 3
    found: list[LookPreview] = []
    for number, (look, plan) in enumerate(zip(looks, seen.plans, strict=True)):
        settings = at_rung(plan.settings, rung, size[0])
        painter = LookPainter(plan, settings, cancel)
        # A third of its share is kept for the two frames that are painted alone.
        until = began + left * (number + 0.6) / len(looks)
        moving = painter.moving([_eight_bits(frame) for frame in shown.moving], until)
        report(Progress(Stage.PREVIEW, done := done + 1, total, "pictures"))
        alone = []
        begins = shown.moving[0].index  # a frame that a shot begins with is painted alone too
        for frame in (shown.first, shown.last):
            known = frame.index == begins
            alone.append(moving[0] if known else painter.alone(_eight_bits(frame)))
            report(Progress(Stage.PREVIEW, done := done + 1, total, "pictures"))
        if number == 0 and plan.output.measure:
            few = map(_eight_bits, shown.moving[:MEASURED])
            figures = timed_measuring(list(zip(few, moving, strict=False)), plan)
        small = Small(size, settings, painter.watch.pace(), figures, _coded(plan, shown, moving))
        own = pass_at(plan, size, OWN_TRIES)
        foretold = foretell(plan, small, own, measured[number], seen.work)
        stills = (alone[0], moving[shown.most], alone[1])
        found.append(LookPreview(look.label, stills, tuple(moving), foretold))
    return found


def _coded(plan: Plan, shown: Shown, painted: Sequence[Picture]) -> float:
    """Bytes a pixel and frame of the result, from the moving piece written as it will be."""
    with tempfile.TemporaryDirectory(prefix="flowstyle-") as folder:
        name = "frames" if is_pictures(plan.path) else f"piece{plan.path.suffix}"
        path = Path(folder) / name
        output = plan.output
        with open_writer(
            path,
            plan.clip,
            codec=output.codec,
            pixel_format=output.pixel_format,
            quality=output.quality,
            audio="none",
        ) as writer:
            for frame, picture in zip(shown.moving, painted, strict=False):
                writer.write(replace(frame, image=picture, alpha=None))
        files = path.iterdir() if path.is_dir() else [path]
        written = sum(file.stat().st_size for file in files)
    height, width = painted[0].shape[:2]
    return float(written / (len(painted) * height * width))


def _eight_bits(frame: Frame) -> Picture:
    """A frame to be shown."""
    if frame.image.dtype == np.uint8:
        return frame.image.astype(np.uint8)
    return ((frame.image.astype(np.uint32) + 128) // 257).astype(np.uint8)


def differences(plans: Sequence[Plan], rung: Rung, size: tuple[int, int]) -> list[str]:
    """What a preview cannot show, in sentences for who looks at it.

    Args:
        plans: of the full renders.
        rung: how it was painted.
        size: (width, height) in which.
    """
    plan = plans[0]
    said = []
    if size != plan.size:
        said.append(
            f"painted at {size[0]}×{size[1]}: the full {plan.size[0]}×{plan.size[1]} has finer "
            "strokes beside these large ones"
        )
    fewer = [
        one.settings.first_iterations
        for one in plans
        if one.tools.optimises
        and at_rung(one.settings, rung, size[0]).first_iterations
        < scaled_iterations(one.settings.first_iterations, one.settings.effort)
    ]
    if fewer:
        said.append(
            f"{rung.iterations} iterations at each size in place of {max(fewer)}: colours and "
            "strokes come out stronger in the full render"
        )
    said.append(
        "first and last frame are painted by themselves: in the full render paint is carried from "
        "frame to frame of a shot"
    )
    if any(one.flow.reach == "files" for one in plans):
        said.append("the motion is estimated: flow from files has the full size")
    return said
