"""Finds all shots before any is painted, for executors that must know where a shot ends."""

from __future__ import annotations

from flowstyle.core.cancel import CancelToken
from flowstyle.core.events import Progress, Report, Stage
from flowstyle.core.types import Shot
from flowstyle.media.reader import read_frames
from flowstyle.media.shots import split
from flowstyle.render.ingest import cut_finder
from flowstyle.render.prepare import Plan
from flowstyle.storage.workdir import WorkDir

SHOTS = "shots"  # type of the journal's record


def whole_shots(plan: Plan, workdir: WorkDir, report: Report, cancel: CancelToken) -> list[Shot]:
    """The shots of a render, from the work folder or by a quick pass over the clip.

    The pass looks at thumbnails of the same frames that are read for painting, and so finds the
    same cuts as a render that finds them on its way.

    Args:
        plan: of the render.
        workdir: where they are kept.
        report: told the progress.
        cancel: asked before every frame.

    Returns:
        All shots, counted from the render's first frame.

    Raises:
        VideoError: the clip cannot be read.
        Cancelled: the caller asked for an end.
    """
    kept = workdir.records(SHOTS)
    if not kept:
        workdir.note({"type": SHOTS, **_look(plan, report, cancel)})
        kept = workdir.records(SHOTS)
    return split(0, int(kept[-1]["frames"]) - 1, kept[-1]["cuts"])


def _look(plan: Plan, report: Report, cancel: CancelToken) -> dict[str, object]:
    find, count, cuts = cut_finder(plan.settings), 0, set[int]()
    frames = read_frames(
        plan.clip,
        start=plan.settings.start_frame,
        count=plan.settings.frames,
        size=plan.size,
        on_corrupt=plan.output.on_corrupt,
    )
    for frame in frames:
        cancel.check("finding shots")
        cuts.update(find(count, frame)[0])
        count += 1
        report(Progress(Stage.SHOTS, count, plan.total))
    cuts.update(find(count, None)[0])
    return {"frames": count, "cuts": sorted(cuts)}
