"""All jobs of a batch looked at before the first is painted: what can be refused is refused now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from flowstyle.batch.book import Notes, changed_since, identity, read_records
from flowstyle.batch.file import Batch
from flowstyle.batch.job import Job
from flowstyle.batch.places import check_places, folders_made, is_there
from flowstyle.batch.problems import Problems, standing_in
from flowstyle.core import disk
from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import LIST, Interrupted, OutputError, ResumeMismatchError
from flowstyle.core.events import ignore
from flowstyle.engines.network.choose import NoNetworkError
from flowstyle.execution.registry import EXECUTORS
from flowstyle.media.output import work_folder
from flowstyle.render.fingerprint import fingerprint
from flowstyle.render.prepare import Plan, prepare
from flowstyle.storage.archive import is_unused, kept_fingerprint
from flowstyle.storage.fingerprint import differences, is_of_another_clip, normalise

ANEW = "overwrite = true and restart = true paint it anew"


class State(StrEnum):
    """How far a job is."""

    NEW = "to do"
    BEGUN = "goes on"
    DONE = "done already"


@dataclass(frozen=True)
class Checked:
    """A job that can be painted.

    Args:
        job: with ``overwrite`` and ``restart`` as they hold for it.
        state: how far it is.
        size: (width, height) of the frames, None while its network is not trained.
        frames: how many, None where the clip does not say.
        facts: that were noted when it was done.
    """

    job: Job
    state: State
    size: tuple[int, int] | None
    frames: int | None
    facts: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON types."""
        return {
            "job": self.job.number,
            "clip": str(self.job.clip),
            "styles": [str(style) for style in self.job.styles],
            "settings": self.job.variant,
            "path": str(self.job.path),
            "size": None if self.size is None else list(self.size),
            "frames": self.frames,
            "state": str(self.state),
        }


def check_batch(batch: Batch, notes: Notes, cancel: CancelToken) -> Sequence[Checked]:
    """Look at every job of a batch.

    Args:
        batch: as read; the folders of its results exist.
        notes: of earlier runs of it.
        cancel: asked before each job.

    Raises:
        FlowstyleError: what prevents jobs, all of it at once.
        Interrupted: cancelled; nothing was begun.
    """
    problems = Problems(batch.file)
    check_places(batch, problems)
    checked = []
    for job in batch.jobs:
        if problems.tell_of(job.place):  # its place is no place: what is there is not its own
            continue
        if cancel.cancelled:
            raise Interrupted(cancel.signum or 0, f"looking at job {job.number}")
        with problems, standing_in(job.place):
            checked.append(_checked(job, notes))
    problems.refuse()
    return checked


def look_at(batch: Batch, cancel: CancelToken) -> Sequence[Checked]:
    """Look at a batch without beginning it: nothing is written, but that folders are tried.

    Args:
        batch: as read.
        cancel: asked before each job.

    Raises:
        FlowstyleError: see :func:`check_batch`.
    """
    with folders_made(batch):
        return check_batch(batch, Notes(batch.file, read_records(batch.file)), cancel)


def _checked(job: Job, notes: Notes) -> Checked:
    """Look at one job."""
    if job.output.executor:
        EXECUTORS.get(job.output.executor)
    # What is there already is judged below, by what is known of it.
    asked = replace(job.output, path=job.path, overwrite=True, restart=False)
    try:
        plan = prepare(job.clip, job.styles, job.settings, asked, ignore, blend=job.blend)
    except NoNetworkError:  # which comes last; it is trained when the job begins
        _refuse_existing(job, notes, [])
        return Checked(job, State.NEW, None, None, {})
    record, changed = notes.done(job), []
    if record is not None and is_there(job):
        changed = changed_since(record, job, fingerprint(plan))
        if not changed and identity(job.path) == record.get("file"):
            facts = record.get("facts", {})
            return Checked(job, State.DONE, plan.whole, plan.total, facts)
    _refuse_existing(job, notes, changed)
    differing = _differing(job, plan)
    overwrite = job.output.overwrite or notes.begun(job)
    output = replace(job.output, overwrite=overwrite, restart=bool(differing))
    folder = work_folder(job.path)
    goes_on = not differing and disk.is_folder(folder) and not is_unused(folder)
    state = State.BEGUN if goes_on else State.NEW
    return Checked(replace(job, output=output), state, plan.whole, plan.total, {})


def _refuse_existing(job: Job, notes: Notes, changed: list[str]) -> None:
    """Refuse a result that is there and is not this job's.

    Raises:
        OutputError: it was made otherwise, has changed since, or is none of the batch's.
    """
    if not is_there(job) or job.output.overwrite or notes.begun(job):
        return
    if changed:
        listed = LIST.join(["", *changed])
        what, advice = f"the output was made otherwise:{listed}", ANEW
    elif notes.done(job) is not None:
        what, advice = "the output has changed since it was made", "overwrite = true makes it anew"
    else:
        what = "the output exists"
        advice = "give another output, or overwrite = true, which replaces it"
    raise OutputError(what, job.path, advice)


def _differing(job: Job, plan: Plan) -> list[str]:
    """In what the work begun for a job differs from what is asked for, where it is to be set aside.

    Raises:
        ResumeMismatchError: it is not to be set aside.
    """
    folder = work_folder(job.path)
    begun = kept_fingerprint(folder) if disk.is_folder(folder) else None
    # What a budget chose stands in the work folder; whoever goes on takes it from there.
    if begun is None or job.budget is not None or is_unused(folder):
        return []
    asked = normalise(fingerprint(plan))
    differing = differences(begun, asked)
    if differing and not job.output.restart:
        other = is_of_another_clip(begun, asked)
        of = "another clip" if other else "other settings"
        advice = "give another output" if other else "give the old settings to go on"
        raise ResumeMismatchError(
            f"the work that was begun is of {of}:" + LIST.join(["", *differing]),
            folder,
            f"{advice}, or restart = true, which sets that work aside",
        )
    return differing
