"""Finds all shots before any is painted, for executors that must know where a shot ends."""

from __future__ import annotations

from flowstyle.core.cancel import CancelToken
from flowstyle.core.events import Progress, Report, Stage
from flowstyle.core.types import Passage, Survey
from flowstyle.media.reader import read_frames
from flowstyle.render.ingest import cut_finder
from flowstyle.render.prepare import Plan
from flowstyle.storage.workdir import WorkDir

SHOTS = "shots"  # type of the journal's record


def whole_shots(plan: Plan, workdir: WorkDir, report: Report, cancel: CancelToken) -> Survey:
    """The shots of a render, from the work folder or by a quick pass over the clip.

    The pass looks at thumbnails of the same frames that are read for painting, and so finds the
    same cuts as a render that finds them on its way.

    Args:
        plan: of the render.
        workdir: where they are kept.
        report: told the progress.
        cancel: asked before every frame.

    Returns:
        All shots and passages, counted from the render's first frame.

    Raises:
        VideoError: the clip cannot be read.
        Cancelled: the caller asked for an end.
    """
    kept = workdir.records(SHOTS)
    if not kept:
        workdir.note({"type": SHOTS, **_look(plan, report, cancel)})
        kept = workdir.records(SHOTS)
    found = kept[-1]
    passages = tuple(Passage(*one) for one in found["passages"])
    return Survey(int(found["frames"]), tuple(found["cuts"]), passages)


def _look(plan: Plan, report: Report, cancel: CancelToken) -> dict[str, object]:
    find, count, cuts = cut_finder(plan.settings), 0, set[int]()
    passages: list[Passage] = []
    frames = read_frames(
        plan.clip,
        start=plan.settings.start_frame,
        count=plan.settings.frames,
        size=plan.size,
        on_corrupt=plan.output.on_corrupt,
    )
    for frame in frames:
        cancel.check("finding shots")
        found = find(count, frame)
        cuts.update(found.cuts)
        passages += found.passages
        count += 1
        report(Progress(Stage.SHOTS, count, plan.total))
    found = find(count, None)
    cuts.update(found.cuts)
    passages += found.passages
    return {
        "frames": count,
        "cuts": sorted(cut for cut in cuts if 0 < cut < count),
        "passages": [(one.first, one.last, one.middle) for one in passages],
    }
