"""Serves the page: addresses, who may come in, files of jobs to those whose jobs they are."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowstyle.core.errors import UsageError
from flowstyle.core.events import Decision, Report, ignore
from flowstyle.studio.address import ADDRESS, LOOPBACK, PORT
from flowstyle.studio.files import OpenFolders
from flowstyle.studio.jobs import Queue
from flowstyle.studio.session import Session, Sessions

CLEARED = 3600.0
"""Seconds after which uploads of those who went are looked for again."""


@dataclass(frozen=True)
class Studio:
    """What is served.

    Attributes:
        dials: names of the settings that the page offers, in that order.
        folders: opened for everybody who comes.
        address: on which it listens.
        port: on which it listens.
        token: what others than this machine must know.
    """

    dials: Sequence[str]
    folders: Sequence[Path]
    address: str = ADDRESS
    port: int = PORT
    token: str = ""


def serve(studio: Studio, report: Report = ignore) -> None:
    """Serve the page until the process is asked to end.

    Args:
        studio: what is served.
        report: told the address.

    Raises:
        UsageError: NiceGUI is missing, a folder is none, the address needs a token or is in use.
        StorageError: the folder for uploads and results cannot be written.
    """
    if studio.address not in LOOPBACK and not studio.token:
        raise UsageError(
            f"{studio.address} can be reached from other machines",
            "--address",
            "give --token WORD too, which everybody must know who comes",
        )
    folders = OpenFolders(studio.folders)
    _refuse_taken(studio)
    sessions, queue = Sessions(folders), Queue()
    # Before NiceGUI is imported, which reads it once: nothing is written into the current folder.
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(sessions.home / "nicegui"))
    try:
        from nicegui import app, ui
    except ImportError as error:
        queue.close()
        raise UsageError(
            f"the studio needs NiceGUI ({error})",
            "flowstyle studio",
            "pip install 'flowstyle[studio]'",
        ) from None
    from flowstyle.studio.gate import Gate, is_near  # on Starlette, which comes with NiceGUI
    from flowstyle.studio.page import build

    @ui.page("/", title="flowstyle studio")
    def page() -> None:
        sessions.clear()
        session, client = sessions.of(app.storage.browser["id"]), ui.context.client
        session.came(client.id)
        client.on_delete(lambda: session.went(client.id))
        build(session, queue, studio.dials, near=is_near(client.request))

    _serve_files(app, sessions)
    app.on_shutdown(queue.close)
    app.timer(CLEARED, sessions.clear)
    app.add_middleware(Gate, token=studio.token)
    name = f"[{studio.address}]" if ":" in studio.address else studio.address
    report(Decision("folders", ", ".join(map(str, folders.folders))))
    report(Decision("uploads and results", str(sessions.home)))
    token = f"/?token={studio.token}" if studio.token else ""
    report(Decision("studio", f"http://{name}:{studio.port}{token} (Ctrl-C ends it)"))
    logging.getLogger("nicegui").setLevel(logging.ERROR)
    ui.run(
        host=studio.address,
        port=studio.port,
        title="flowstyle studio",
        reload=False,
        show=False,
        dark=None,
        storage_secret=sessions.secret,
        session_middleware_kwargs={"session_cookie": "flowstyle_studio", "same_site": "strict"},
        show_welcome_message=False,
    )


def _refuse_taken(studio: Studio) -> None:
    """Refuse an address that cannot be listened on, before anything is loaded."""
    family = socket.AF_INET6 if ":" in studio.address else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((studio.address, studio.port))
        except OSError as error:
            raise UsageError(
                f"cannot listen there: {error.strerror or error}",
                f"{studio.address}:{studio.port}",
                "is a studio running already? give another --port",
            ) from None


def _serve_files(app: Any, sessions: Sessions) -> None:
    """Addresses of pictures, reports and results; each only for the browser whose they are."""
    from starlette.requests import Request
    from starlette.responses import FileResponse, Response

    missing = Response("there is no such file", status_code=404, media_type="text/plain")

    def session_of(request: Request) -> Session:
        return sessions.of(request.session["id"])

    async def frame(request: Request) -> Response:
        job = session_of(request).jobs.get(request.path_params["job"])
        shown = job.frame if job else None
        return missing if shown is None else _picture(shown[1], "image/jpeg")

    async def result(request: Request) -> Response:
        job = session_of(request).jobs.get(request.path_params["job"])
        if job is None or job.rendered is None or not job.rendered.path.exists():
            return missing
        return FileResponse(job.rendered.path, filename=job.rendered.path.name)

    async def report(request: Request) -> Response:
        job = session_of(request).jobs.get(request.path_params["job"])
        if job is None or job.rendered is None or job.rendered.page is None:
            return missing
        folder = job.rendered.page.parent.resolve()
        path = (folder / request.path_params["path"]).resolve()
        inside = path.is_relative_to(folder) and path.is_file()
        return FileResponse(path) if inside else missing

    async def look(request: Request) -> Response:
        look = session_of(request).look
        if look is None or not look.sheet:
            return missing
        if request.path_params["what"] == "sheet":
            return _picture(look.sheet, "image/jpeg")
        return _picture(look.moving, "image/webp")

    def _picture(data: bytes, kind: str) -> Response:
        return Response(data, media_type=kind, headers={"Cache-Control": "no-store"})

    app.add_route("/frame/{job}", frame)
    app.add_route("/result/{job}", result)
    app.add_route("/report/{job}/{path:path}", report)
    app.add_route("/look/{what}", look)
