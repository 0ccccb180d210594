"""Renders of the studio without a page: run, cancelled, taken up again, wrong."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from flowstyle import stylize_video
from flowstyle.cli.main import run
from flowstyle.core.cancel import CancelToken
from flowstyle.core.events import Event, FrameReady
from flowstyle.settings import load_settings
from flowstyle.studio.files import OpenFolders
from flowstyle.studio.jobs import ROOM, Job, Order, Queue, State
from flowstyle.studio.look import Look
from flowstyle.studio.session import Session, Sessions
from scripts.common.motion import motion_clip
from tests.helpers.media import picture, write_clip

GIVEN: dict[str, Any] = {"width": 64, "features": "compact", "original_colors": True}


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    write_clip(folder / "my clip.mp4", pictures=list(motion_clip(64, 48, 5, pan=True).frames))
    cv2.imwrite(str(folder / "dots.png"), picture(0, (48, 40), seed=7))
    return folder


@pytest.fixture
def order(media: Path) -> Order:
    return Order(media / "my clip.mp4", (media / "dots.png",), "draft", GIVEN)


@pytest.fixture
def session(media: Path, tmp_path: Path) -> Session:
    return Sessions(OpenFolders([media]), tmp_path / "studio").of("browser")


@pytest.fixture
def queue() -> Iterator[Queue]:
    made = Queue()
    yield made
    made.close()


def ended(job: Job) -> Job:
    until = time.monotonic() + 120
    while not job.over and time.monotonic() < until:
        time.sleep(0.02)
    return job


def test_cancelled_and_taken_up_again_it_has_the_bytes_of_an_uninterrupted_render(
    order: Order,
    session: Session,
    queue: Queue,
    media: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard = Job._hear

    def hear_and_cancel(job: Job, event: Event) -> None:
        heard(job, event)
        if isinstance(event, FrameReady) and job.frame == (1, job.frame[1] if job.frame else b""):
            job.cancel.cancel()

    job = session.job_for(order)
    with monkeypatch.context() as patch:
        patch.setattr(Job, "_hear", hear_and_cancel)
        queue.add(job)
        assert ended(job).state is State.CANCELLED
    assert not job.path.exists()
    again = session.job_for(Order(order.clip, order.styles, "draft", dict(GIVEN)))
    assert again is job
    queue.add(again)
    assert ended(job).state is State.DONE, job.error
    assert any(line.startswith("resuming: ") for line in job.told)
    assert job.frame is not None
    assert cv2.imdecode(_bytes(job.frame[1]), cv2.IMREAD_COLOR).shape == (48, 64, 3)
    assert job.rendered is not None
    assert job.rendered.page is not None
    assert job.rendered.page.is_file()

    plain = load_settings(GIVEN, preset="draft")
    stylize_video(media / "my clip.mp4", [media / "dots.png"], plain, tmp_path / "plain.mp4")
    assert job.path.read_bytes() == (tmp_path / "plain.mp4").read_bytes()
    queue.add(job)  # complete: it stays so
    assert (job.state, job.gone) == (State.DONE, False)
    job.path.unlink()
    assert job.gone
    queue.add(job)
    assert ended(job).state is State.DONE, job.error
    assert job.path.read_bytes() == (tmp_path / "plain.mp4").read_bytes()


def _bytes(data: bytes) -> Any:
    return np.frombuffer(data, np.uint8)


def test_the_command_is_what_was_asked_for(order: Order, session: Session) -> None:
    words = shlex.split(session.job_for(order).command)
    path = str(session.job_for(order).path)
    assert words[:4] == ["flowstyle", "run", str(order.clip), str(order.styles[0])]
    options = ["--width", "64", "--features", "compact", "--original-colors"]
    assert words[4:] == [*options, "--preset", "draft", "--no-defaults", "-o", path, "--overwrite"]


def test_from_elsewhere_the_command_names_uploads_as_they_were_sent(
    order: Order, session: Session
) -> None:
    clip = session.uploads / "IMG_7_-2.mov"
    clip.write_bytes(b"a clip")
    session.sent[clip] = "IMG_7;.MOV"
    known = session.uploads / "of yesterday.png"  # sent before the studio was started
    known.write_bytes(b"a picture")
    job = session.job_for(Order(clip, (*order.styles, known), "draft", {}))
    words = shlex.split(job.order.command(job.path, session.named))
    assert words[2:5] == ["IMG_7;.MOV", str(order.styles[0]), "of yesterday.png"]
    assert words[words.index("-o") + 1] == job.path.name
    assert str(session.folder) not in " ".join(words)
    assert str(clip) in shlex.split(job.command)
    assert session.told(f"report: {job.path}") == f"report: results/{job.path.name}"


def test_a_network_paints_what_it_does_on_the_command_line(
    session: Session, queue: Queue, media: Path, tmp_path: Path
) -> None:
    style = session.open_folders.style("waves")
    job = session.job_for(Order(media / "my clip.mp4", (style,), "default", {"width": 64}))
    assert job.path.name.startswith("my clip_waves-network_")
    queue.add(job)
    assert ended(job).state is State.DONE, job.error
    words = ["run", str(media / "my clip.mp4"), "waves", "--width", "64", "--no-defaults"]
    out = tmp_path / "typed.mp4"
    assert run([*words, "-o", str(out), "--quiet", "--no-measure", "--no-report"]) == 0
    assert job.path.read_bytes() == out.read_bytes()
    assert "waves.safetensors" in shlex.split(job.command)


def test_another_order_or_a_changed_clip_is_another_job(
    order: Order, session: Session, media: Path
) -> None:
    other = Order(order.clip, order.styles, "draft", {**GIVEN, "width": 48})
    paths = {session.job_for(order).path, session.job_for(other).path}
    (media / "dots.png").touch()
    paths.add(session.job_for(order).path)
    assert len(paths) == 3


def test_a_job_that_fails_says_why_and_the_next_one_runs(
    order: Order, session: Session, queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no clip")
    broken = Order(tmp_path / "broken.mp4", order.styles, "draft", GIVEN)
    job = session.job_for(broken)
    queue.add(job)
    assert ended(job).state is State.FAILED
    assert "what to do" in job.error

    def fail(*args: object, **kwargs: object) -> None:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr("flowstyle.studio.jobs.stylize_video", fail)
    other = session.job_for(order)
    queue.add(other)
    assert ended(other).error == "ValueError: a mistake of ours"
    queue.add(job)
    assert ended(job).state is State.FAILED


@pytest.mark.parametrize("room", [10 * ROOM, ROOM // 2])
def test_one_render_at_a_time_and_a_preview_beside_it_where_memory_is_free(
    room: int,
    order: Order,
    session: Session,
    queue: Queue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[str] = []
    free, seen = threading.Event(), threading.Event()

    def paint(job: Job) -> None:
        begun.append(str(job.order.given["width"]))
        free.wait(30)
        job.state = State.DONE

    def preview(cancel: CancelToken) -> None:
        begun.append("preview")
        seen.wait(30)

    monkeypatch.setattr("flowstyle.studio.jobs.free_memory", lambda device: room)
    monkeypatch.setattr(Job, "paint", paint)
    jobs = [
        session.job_for(Order(order.clip, order.styles, "draft", {"width": width}))
        for width in (32, 48, 64)
    ]
    for job in jobs:
        queue.add(job)
    while not begun:
        time.sleep(0.01)
    queue.add(jobs[1])  # twice is once
    queue.preview(preview)
    queue.preview(lambda cancel: begun.append("another"))
    assert (queue.painting, queue.before(jobs[2])) == (True, 1)
    assert queue.holds(jobs[1])
    queue.cancel(jobs[1])
    assert jobs[1].state is State.CANCELLED
    assert not queue.holds(jobs[1])
    time.sleep(0.2)
    assert begun == (["32", "preview"] if room > ROOM else ["32"])
    free.set()
    time.sleep(0.2)
    assert begun == ["32", "preview"]  # no render begins while a preview is made
    seen.set()
    ended(jobs[2])
    assert begun == ["32", "preview", "another", "64"]


def test_neither_an_error_nor_a_device_that_does_not_answer_ends_the_queue(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = threading.Event()

    def no_answer(device: str) -> float:
        raise RuntimeError("out of memory")

    def fails(cancel: CancelToken) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr("flowstyle.studio.jobs.free_memory", no_answer)
    queue.painting = True
    assert queue._too_little_memory()  # what cannot be asked is taken to be full
    queue.painting = False
    queue.preview(fails)
    queue.preview(lambda cancel: done.set())
    assert done.wait(30)


def test_a_preview_beside_a_render_changes_none_of_its_bytes(
    order: Order, session: Session, queue: Queue, tmp_path: Path
) -> None:
    job = session.job_for(order)
    queue.add(job)
    while job.frame is None and not job.over:
        time.sleep(0.01)
    look = Look(order, beside=True)
    queue.preview(look.make)
    assert ended(job).state is State.DONE, job.error
    while not look.ready:
        time.sleep(0.02)
    assert look.error == ""
    assert look.said[1].startswith("seen beside a render")
    settings = load_settings(GIVEN, preset="draft")
    stylize_video(order.clip, order.styles, settings, tmp_path / "plain.mp4")
    assert job.path.read_bytes() == (tmp_path / "plain.mp4").read_bytes()


def test_a_look_shows_a_sheet_and_a_moving_piece_or_why_not(order: Order) -> None:
    look = Look(order)
    look.make(CancelToken())
    assert (look.ready, look.error) == (True, "")
    assert cv2.imdecode(_bytes(look.sheet), cv2.IMREAD_COLOR) is not None
    assert look.moving[8:12] == b"WEBP"
    assert "frames" in look.said[0]
    wrong = Look(Order(order.clip, (order.clip,), "draft", GIVEN))
    wrong.make(CancelToken())
    assert (wrong.ready, wrong.sheet) == (True, b"")
    assert "what to do" in wrong.error


def test_a_look_at_a_blend_names_all_its_pictures(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels: list[str] = []

    def preview(clip: Path, looks: list[Any], **more: Any) -> None:
        labels.append(looks[0].label)
        raise ValueError("seen enough")

    monkeypatch.setattr("flowstyle.studio.look.preview_video", preview)
    both = (*order.styles, Path("waves.png"))
    Look(Order(order.clip, both, "draft", GIVEN)).make(CancelToken())
    assert labels == ["dots + waves"]
