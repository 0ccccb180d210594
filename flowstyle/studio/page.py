"""The page: what to paint on the left, what comes of it on the right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nicegui import events, ui

from flowstyle.core import disk
from flowstyle.core.errors import FlowstyleError, UsageError
from flowstyle.media.picture_folder import is_picture
from flowstyle.settings import preset_names
from flowstyle.studio.dials import Dials
from flowstyle.studio.files import (
    LARGEST,
    check_size,
    kept,
    networks_by_name,
    own_name,
    upload_path,
)
from flowstyle.studio.job_row import JobRow
from flowstyle.studio.jobs import Order, Queue, State
from flowstyle.studio.look import Look
from flowstyle.studio.session import Session

SECONDS = 0.5
"""Between two looks at what has changed."""

STYLES = "Pictures (several are blended) or a network"

STYLE = """
body { background: #f4f4f6; overflow-wrap: anywhere; }
body.body--dark { background: #121212; }
.help { color: #555; font-size: 0.75rem; line-height: 1.3; }
.body--dark .help { color: #bbb; }
.body--dark .q-item__label { color: inherit; }
@media (prefers-reduced-motion: reduce) {
  * { transition: none !important; animation: none !important; }
}
.problem { color: #b00020; white-space: pre-line; }
.body--dark .problem { color: #ff8a80; }
a.nicegui-link { color: #1a4fb4; }
.body--dark a.nicegui-link { color: #9db8ff; }
"""
NAMES = """
<script>
document.documentElement.lang = "en";
// The field behind "Choose files" has no name for who cannot see it.
new MutationObserver(() => {
  for (const one of document.querySelectorAll("input[type=file]:not([aria-label])")) {
    one.setAttribute("aria-label", "clip and pictures");
  }
}).observe(document, { childList: true, subtree: true });
</script>
"""
UPLOADER = """
<div class="row items-center q-pa-sm no-wrap" style="gap: 0.75rem">
  <div class="col">Drop a clip and pictures here</div>
  <q-btn flat dense no-caps label="Choose files" @click="props.pickFiles" />
  <span style="position: absolute; width: 0; height: 0; overflow: hidden">
    <q-uploader-add-trigger />
  </span>
</div>
"""
"""Head of the field for uploads, for Quasar's QUploader."""
UPLOADED = """
<div v-for="file in props.files" :key="file.__key" class="help">
  {{ file.name }}: {{ file.__status }}
</div>
"""


def build(session: Session, queue: Queue, dials: Sequence[str], *, near: bool) -> None:
    """Build the page for one browser.

    Args:
        session: of the browser.
        queue: that paints.
        dials: names of the settings that are offered.
        near: whether who looks sits at this machine.
    """
    ui.colors(primary="#3f51b5")
    ui.add_css(STYLE)
    ui.add_head_html(NAMES)
    with ui.element("div").classes("w-full max-w-screen-xl mx-auto grid gap-4 lg:grid-cols-2"):
        with ui.column().classes("w-full min-w-0 gap-4"):
            ui.label("flowstyle studio").classes("text-h5").props('role="heading" aria-level="1"')
            _Choosing(session, queue, dials)
        with ui.column().classes("w-full min-w-0 gap-4"):
            _Looking(session)
            _Jobs(session, queue, near=near)


class _Choosing:
    """Clip, pictures, dials, and the buttons that begin something."""

    def __init__(self, session: Session, queue: Queue, dials: Sequence[str]) -> None:
        self._session, self._queue, chosen = session, queue, session.chosen
        with card("What to paint"):
            # A path may be typed as well: it is looked at when something is asked for.
            typed: Any = {"new_value_mode": "add", "key_generator": str}
            clip, styles = chosen.get("clip"), chosen.get("styles") or []
            self._clip: Any = ui.select(
                {clip: clip} if clip else {}, value=clip, label="Clip", **typed
            )
            self._styles: Any = ui.select(
                {one: one for one in styles}, value=styles, label=STYLES, multiple=True, **typed
            ).props("use-chips")
            for widget, name in ((self._clip, "clip"), (self._styles, "styles")):
                widget.classes("w-full").bind_value_to(chosen, name)
            uploads = ui.upload(
                multiple=True,
                auto_upload=True,
                max_file_size=LARGEST,
                on_upload=self._uploaded,
                on_rejected=lambda: tell(f"larger than {LARGEST // 1024**3} GiB, or no file"),
            )
            uploads.classes("w-full").props("flat bordered")
            uploads.add_slot("header", UPLOADER)
            uploads.add_slot("list", UPLOADED)
            self._offer()
        with card("How"):
            preset = chosen.get("preset") or "default"
            self._preset: Any = ui.select(
                preset_names(), value=preset, label="preset", on_change=self._preset_changed
            ).classes("w-full")
            self._preset.bind_value_to(chosen, "preset")
            self._dials = Dials(dials, chosen)
            self._dials.follow(preset)
        with ui.row():
            ui.button("Preview", on_click=self._look, color=None).props("outline")
            ui.button("Render", on_click=self._render)

    def _offer(self) -> None:
        """List what there is to choose."""
        folders = self._session.open_folders
        networks = {str(path): f"{path.stem} (trained network)" for path in networks_by_name()}
        for widget, found, more in (
            (self._clip, folders.clips(), {}),
            (self._styles, folders.pictures(), networks),
        ):
            chosen = widget.value if isinstance(widget.value, list) else [widget.value]
            listed = {str(path): self._named(path) for path in found} | more
            typed = {text: text for text in chosen if text and text not in listed}
            widget.set_options(listed | typed)

    def _named(self, path: Path) -> str:
        """A file as it is listed: from the folder on that was opened."""
        if path.is_relative_to(self._session.uploads.resolve()):
            return f"{path.name} (uploaded)"
        for folder in self._session.open_folders.folders:
            if path.is_relative_to(folder):
                return str(path.relative_to(folder))
        return path.name

    async def _uploaded(self, event: events.UploadEventArguments) -> None:
        """Keep an upload, and choose it."""
        try:
            check_size(event.file.name, event.file.size())
            path = upload_path(self._session.uploads.resolve(), event.file.name)
            arrived = path.with_name(f".{path.name}")
            try:
                await event.file.save(arrived)
                path = kept(arrived, path)
            except OSError as error:
                raise disk.explain(error, arrived) from error
        except FlowstyleError as error:
            tell(str(error))
            return
        self._session.sent[path] = own_name(event.file.name)
        self._offer()
        if is_picture(path):
            self._styles.value = [*dict.fromkeys([*(self._styles.value or []), str(path)])]
        else:
            self._clip.value = str(path)

    def _preset_changed(self) -> None:
        self._dials.follow(self._preset.value)

    def _order(self) -> Order | None:
        """What is asked for; None where that cannot be, which is said."""
        try:
            if not self._clip.value or not self._styles.value:
                raise UsageError("a clip and a picture are needed", "", "choose or drop them")
            folders = self._session.open_folders
            styles = tuple(dict.fromkeys(map(folders.style, self._styles.value)))
            given = self._dials.given()
            order = Order(folders.reach(self._clip.value), styles, self._preset.value, given)
            order.settings()  # values that cannot be are refused here
        except FlowstyleError as error:
            tell(str(error))
            return None
        return order

    def _look(self) -> None:
        order = self._order()
        if order is not None:
            self._session.look = Look(order, beside=self._queue.painting)
            self._queue.preview(self._session.look.make)

    def _render(self) -> None:
        order = self._order()
        if order is None:
            return
        job = self._session.job_for(order)
        if job.state is State.DONE and not job.gone:
            ui.notify("this is painted already, see Renders", color="primary")
        elif self._queue.holds(job):
            ui.notify("this waits or runs already, see Renders", color="primary")
        self._queue.add(job)


class _Looking:
    """The last preview."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._shown: Look | None = None
        self._waiting = False
        self._card = card("Preview")
        self._card.set_visibility(False)
        with self._card:
            self._inside = ui.column().classes("w-full")
        ui.timer(SECONDS, self._refresh)

    def _refresh(self) -> None:
        look = self._session.look
        if look is None or (look is self._shown and not self._waiting):
            return
        if look is self._shown and not look.ready:
            return
        self._shown, self._waiting = look, not look.ready
        self._card.set_visibility(True)
        self._inside.clear()
        with self._inside:
            self._draw(look)

    def _draw(self, look: Look) -> None:
        if not look.ready:
            ui.spinner(size="lg")
            longer = ", longer beside the render under way" if look.beside else ""
            ui.label(f"some twenty seconds{longer}")
        elif look.error:
            ui.label(look.error).classes("problem")
        else:
            for what, about in (("sheet", "stills"), ("moving", "a moving piece")):
                source = f"/look/{what}?{id(look)}"
                ui.html(
                    f'<img src="{source}" alt="preview: {about}" class="w-full">', sanitize=False
                )
            for line in look.said:
                ui.label(line).classes("text-body2")


class _Jobs:
    """All renders of this browser, the newest first."""

    def __init__(self, session: Session, queue: Queue, *, near: bool) -> None:
        self._session, self._queue, self._near = session, queue, near
        self._rows: dict[str, JobRow] = {}
        with card("Renders"):
            self._none = ui.label("none yet")
            self._list = ui.column().classes("w-full gap-4")
        ui.timer(SECONDS, self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        for id_, job in list(self._session.jobs.items()):
            if id_ not in self._rows:
                with self._list:
                    row = JobRow(job, self._queue, self._session, near=self._near)
                    self._rows[id_] = row
                self._rows[id_].card.move(target_index=0)
            self._rows[id_].refresh()
        self._none.set_visibility(not self._rows)


def card(title: str) -> Any:
    """A part of the page under its heading."""
    made = ui.card().classes("w-full")
    with made:
        ui.label(title).classes("text-h6").props('role="heading" aria-level="2"')
    return made


def tell(text: str) -> None:
    """Say what cannot be done."""
    ui.notify(text, type="negative", multi_line=True, classes="whitespace-pre-line", timeout=8000)
