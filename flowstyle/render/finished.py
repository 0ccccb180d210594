"""What is said where the result is there already: by what it was made, and what to do."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import suppress

from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import LIST, FlowstyleError, OutputError, OutputExistsError, UsageError
from flowstyle.core.events import ignore
from flowstyle.media.output import work_folder
from flowstyle.render.budget import begun
from flowstyle.render.fingerprint import AFTERWARDS, fingerprint
from flowstyle.render.foresee import within
from flowstyle.render.prepare import Plan
from flowstyle.render.settings_file import result_options, settings_path
from flowstyle.render.tune import as_tuned_before
from flowstyle.report.html.folder import DATA, report_folder
from flowstyle.report.html.record import Record, read_record
from flowstyle.report.html.work import RECORD
from flowstyle.settings.files import SettingsFile, read_settings
from flowstyle.storage.archive import kept_fingerprint
from flowstyle.storage.fingerprint import differences, is_of_another_clip, normalise

MOST = 12
"""Differences that are listed."""


def explained(
    error: OutputExistsError,
    planned: Callable[[], Plan],
    budget: float | None,
    *,
    tuned: bool,
) -> FlowstyleError:
    """Say of an output that exists whether it is what was asked for, or in what it differs.

    Args:
        error: what is said where nothing is known of the output.
        planned: gives the render that was asked for, as if the output might be replaced.
        budget: seconds in which it was to end.
        tuned: whether a network that is fitted to the clip was to paint.

    Returns:
        What the user is told.
    """
    try:
        asked_for = planned()
        plan = as_tuned_before(asked_for) if tuned else asked_for
        if plan is None:
            return error
        if budget is not None and begun(work_folder(plan.path)) is not None:
            plan = within(plan, budget, ignore, CancelToken())  # as it was begun, unmeasured
        made = _made_with(plan)
        if made is None:
            return error
        before, file = made
        asked = normalise(fingerprint(plan))
        others = differences(before, asked)
    except FlowstyleError as other:  # such as weights that are missing: then this counts
        return other
    except OSError:
        return error
    if others:
        made_by = (
            "from another clip" if is_of_another_clip(before, asked) else "with other settings"
        )
        return _made_otherwise(error.where, made_by, others)
    return _the_same(error.where, list(_written_otherwise(plan, file)), measured=_is_measured(plan))


def _made_with(plan: Plan) -> tuple[dict[str, object], SettingsFile] | None:
    """The work that the output comes from, and its settings file; None where either is gone."""
    folder, path = work_folder(plan.path), settings_path(plan.path)
    before = kept_fingerprint(folder) if folder.is_dir() else None
    if before is None or not path.is_file():
        return None
    try:
        return before, read_settings(path)
    except UsageError:
        return None


def _written_otherwise(plan: Plan, file: SettingsFile) -> Iterator[str]:
    """In what the same frames are to be written otherwise than they were."""
    asked = result_options(plan) | {name: getattr(plan.settings, name) for name in AFTERWARDS}
    kept = file.result | {name: file.values.get(name) for name in AFTERWARDS}
    for name, value in asked.items():
        if value != kept.get(name):
            yield f"{name}: {_said(kept.get(name))} → {_said(value)}"


def _said(value: object) -> str:
    return "not given" if value is None else str(value)


def _made_otherwise(where: str, made_by: str, others: list[str]) -> OutputError:
    """Of other settings, another clip, another version."""
    more = [f"… and {len(others) - MOST} more"] if len(others) > MOST else []
    listed = LIST.join(["", *others[:MOST], *more])
    return OutputExistsError(
        f"the output exists, and was made {made_by}:{listed}",
        where,
        "another -o keeps both; --overwrite --restart paints it anew in its place",
    )


def _is_measured(plan: Plan) -> bool:
    """Whether a render has the figures that it was to have, or nothing is known of them."""
    own, page = work_folder(plan.path) / RECORD, report_folder(plan.path) / DATA
    records: list[Record] = []
    with suppress(FlowstyleError):
        records.append(read_record(own))
    with suppress(FlowstyleError, OSError):  # there need be no page, or that of an earlier render
        if page.stat().st_mtime_ns >= own.stat().st_mtime_ns:
            records.append(read_record(page))
    found = [one.figures is not None for one in records if one.complete]
    return not plan.output.measure or not found or any(found)


def _the_same(where: str, others: list[str], *, measured: bool) -> OutputError:
    """Of the same frames, written in the same way or in another one."""
    if others:
        listed = LIST.join(["", *others])
        return OutputExistsError(
            f"the output exists: the same frames, written otherwise:{listed}",
            where,
            "--overwrite writes it anew from the finished frames; another -o paints them again",
        )
    if not measured:
        return OutputExistsError(
            "this render is finished, with these same settings, but it is not measured",
            where,
            f"flowstyle report {shlex.quote(where)} measures it and writes the report",
        )
    return OutputExistsError(
        "this render is finished, with these same settings",
        where,
        "nothing: the result is there; --overwrite writes and measures it again without painting",
    )
