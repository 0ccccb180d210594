"""One render in the page: how far it is, what it paints, what can be done with it."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from flowstyle.core.events import Progress
from flowstyle.metrics.verdicts import verdicts
from flowstyle.studio.jobs import Job, Queue, State
from flowstyle.studio.session import Session

ELSEWHERE = (
    "Uploads and the result stand here by their own names: type it in the folder of your files."
)
"""Below a command, for who cannot reach the paths of the studio's machine."""


class JobRow:
    """A render; :meth:`refresh` brings it up to date.

    Args:
        job: what is shown.
        queue: that paints it.
        session: whose job it is.
        near: whether who looks sits at this machine, and can use its paths.
    """

    def __init__(self, job: Job, queue: Queue, session: Session, *, near: bool) -> None:
        self._job, self._queue = job, queue
        self._told_to = str if near else session.told
        self._frame = -1
        with ui.card().classes("w-full").props(f'data-job="{job.id}"') as self.card:
            ui.label(_title(job)).classes("font-medium break-all")
            self._state = ui.label().classes("text-body2").props('role="status"')
            self._bar: Any = ui.linear_progress(show_value=False).props("instant-feedback")
            self._bar.props('aria-label="progress of this render"')
            self._error = ui.label().classes("problem")
            self._picture = ui.html("", sanitize=False).classes("w-full")
            with ui.row():
                self._cancel = ui.button("Cancel", on_click=lambda: queue.cancel(job), color=None)
                self._again = ui.button("Go on", on_click=lambda: queue.add(job), color=None)
                self._download = _link("Download", f"/result/{job.id}")
                self._report = _link("Report", f"/report/{job.id}/index.html", new_tab=True)
            with ui.expansion("Command and decisions").classes("w-full"):
                command = job.order.command(job.path, str if near else session.named)
                ui.label(command).classes("font-mono text-body2")
                if not near:
                    ui.label(ELSEWHERE).classes("help")
                copy = ui.button("Copy", color=None).props("outline")
                copy.on_click(lambda: ui.clipboard.write(command))
                self._told = ui.label().classes("whitespace-pre-line text-body2")
        self._cancel.props("outline")
        self._again.props("outline")

    def refresh(self) -> None:
        """Show how far the job is."""
        job = self._job
        self._state.text = self._said()
        self._bar.set_visibility(not job.over)
        self._bar.value = _share(job.progress)
        self._error.text = self._told_to(job.error)
        self._error.set_visibility(bool(job.error))
        self._told.text = self._told_to("\n".join(job.told))
        self._cancel.set_visibility(not job.over)
        self._again.set_visibility(job.gone or job.state in (State.CANCELLED, State.FAILED))
        self._download.set_visibility(job.state is State.DONE and not job.gone)
        page = job.rendered.page if job.rendered else None
        self._report.set_visibility(page is not None)
        if job.frame is not None and job.frame[0] != self._frame:
            self._frame = job.frame[0]
            source = f"/frame/{job.id}?{self._frame}"
            self._picture.set_content(
                f'<img src="{source}" alt="the frame just painted" class="w-full">'
            )

    def _said(self) -> str:
        """State and progress in one line."""
        job = self._job
        if job.state is State.WAITING:
            ahead = self._queue.before(job)
            return f"waiting, {ahead} before it" if ahead else "waiting"
        if job.state is State.CANCELLED:
            return "cancelled: what is painted stays, “Go on” takes it up"
        if job.gone:
            return "done, but its file was deleted: “Go on” makes it again"
        if job.state is State.DONE and job.rendered is not None:
            found = verdicts(job.rendered.figures) if job.rendered.figures else []
            words = ", ".join(f"{one.name} {one.verdict}" for one in found)
            took = f"done: {job.rendered.frames} frames, {job.rendered.seconds:.0f} s"
            return f"{took} ({words})" if words else took
        step = job.progress
        if job.state is State.RUNNING and step is not None:
            of = f" of {step.total}" if step.total is not None else ""
            return f"{step.stage}: {step.done}{of} {step.unit}"
        return str(job.state)


def _title(job: Job) -> str:
    return f"{job.order.clip.name} in the style of {', '.join(p.name for p in job.order.styles)}"


def _share(step: Progress | None) -> float:
    """How much of a stage is done, 0 to 1."""
    return step.done / step.total if step is not None and step.total else 0.0


def _link(text: str, target: str, *, new_tab: bool = False) -> Any:
    """A link that looks like a button."""
    return ui.link(text, target, new_tab=new_tab).classes("self-center px-3 py-2")
