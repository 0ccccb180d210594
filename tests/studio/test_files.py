"""What a page may reach: checked with real links and folders, by hand."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from flowstyle.core.errors import LimitError, UsageError
from flowstyle.studio.files import LARGEST, OpenFolders, check_size, kept, upload_path
from flowstyle.studio.jobs import Order, State
from flowstyle.studio.session import Sessions


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """An open folder with a clip, pictures in a folder, and links that lead outwards."""
    folder = tmp_path / "open"
    (folder / "frames").mkdir(parents=True)
    for name in ("clip.mp4", "dots.png", "frames/1.png", "notes.txt", ".hidden.png"):
        (folder / name).write_text(name)
    (tmp_path / "secret.png").write_text("secret")
    (tmp_path / "open-not.png").write_text("a name that begins alike")
    (folder / "out.mp4.flowstyle").mkdir()
    (folder / "out.mp4.flowstyle" / "frame.png").touch()
    return folder


def test_files_inside_are_reached(opened: Path) -> None:
    folders = OpenFolders([opened])
    for text in ("clip.mp4", str(opened / "clip.mp4"), "frames", "frames/1.png"):
        assert folders.reach(text) == opened / Path(text)
    assert folders.clips() == [opened / "clip.mp4"]
    assert folders.pictures() == [opened / "dots.png", opened / "frames" / "1.png"]


def test_a_link_within_is_followed(opened: Path) -> None:
    (opened / "again.mp4").symlink_to(opened / "clip.mp4")
    assert OpenFolders([opened]).reach("again.mp4") == opened / "clip.mp4"


@pytest.mark.parametrize(
    "text",
    [
        *("../secret.png", "frames/../../secret.png", "frames/../clip.mp4", "{up}/secret.png"),
        *("{up}/open-not.png", "{up}", "/", "link.png", "linked/secret.png", "pictures", "circle"),
        *("", " ", "a\0b", "missing.png", "~/x.png"),
    ],
)
def test_what_lies_outside_is_refused(opened: Path, text: str) -> None:
    (opened / "link.png").symlink_to(opened.parent / "secret.png")
    (opened / "linked").symlink_to(opened.parent)
    (opened / "circle").symlink_to(opened / "circle")
    (opened / "pictures").mkdir()
    (opened / "pictures" / "1.png").symlink_to(opened.parent / "secret.png")
    folders = OpenFolders([opened])
    with pytest.raises(UsageError, match="no such file in the opened folders"):
        folders.reach(text.replace("{up}", str(opened.parent)))
    names = {path.name for path in folders.pictures()}
    assert names == {"dots.png", "1.png"}
    assert opened / "pictures" / "1.png" not in folders.pictures()


def test_a_browser_reaches_its_own_uploads_and_nobody_elses(opened: Path) -> None:
    # The opened folder holds the studio's own, as with --folder ~.
    sessions = Sessions(OpenFolders([opened]), opened / "cache" / "studio")
    one, other = sessions.of("one"), sessions.of("other")
    mine = one.uploads / "mine.png"
    mine.write_text("mine")
    assert one.open_folders.reach(mine) == mine
    assert mine in one.open_folders.pictures()
    assert mine not in other.open_folders.pictures()
    for path in (mine, sessions.home / "secret", one.folder):
        with pytest.raises(UsageError):
            other.open_folders.reach(path)
    assert "one" not in str(one.folder.relative_to(sessions.home))
    assert (sessions.home / "secret").stat().st_mode & 0o077 == 0
    assert Sessions(OpenFolders([opened]), sessions.home).of("one").folder == one.folder


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("../../etc/clip.mp4", "clip.mp4"),
        ("C:\\films\\My clip.MOV", "My clip.mov"),
        ("...png.png", "png.png"),
        ("-o;rm -rf $HOME.jpg", "o_rm -rf _HOME.jpg"),
        ("été.jpg", "été.jpg"),
        ("?.png", "file.png"),
        (f"{'x' * 300}.png", f"{'x' * 100}.png"),
    ],
)
def test_names_of_uploads_lead_nowhere(name: str, stored: str) -> None:
    assert upload_path(Path("up"), name) == Path("up") / stored


def test_uploads_that_are_neither_clip_nor_picture_or_too_large() -> None:
    for name in ("run.sh", "page.html", ".mp4", "list.m3u8", ""):
        with pytest.raises(UsageError, match="neither a clip nor a picture"):
            upload_path(Path("up"), name)
    check_size("clip.mp4", LARGEST)
    with pytest.raises(LimitError):
        check_size("clip.mp4", LARGEST + 1)


def test_an_upload_does_not_replace_another_file_of_its_name(tmp_path: Path) -> None:
    names = []
    for content in ("a", "b", "a", "b", "c"):
        (tmp_path / ".clip.mp4").write_text(content)
        names.append(kept(tmp_path / ".clip.mp4", tmp_path / "clip.mp4").name)
    assert names == ["clip.mp4", "clip-2.mp4", "clip.mp4", "clip-2.mp4", "clip-3.mp4"]
    assert (tmp_path / "clip.mp4").read_text() == "a"
    assert not (tmp_path / ".clip.mp4").exists()


def test_a_network_is_known_by_its_name_and_by_nothing_else(opened: Path) -> None:
    folders = OpenFolders([opened])
    assert folders.style("candy") == folders.style("candy.safetensors") == Path("candy.safetensors")
    assert folders.style("dots.png") == opened / "dots.png"
    for text in ("candy.png", "../candy", "/etc/candy", "no network", "", "candy/"):
        with pytest.raises(UsageError, match="no such file"):
            folders.style(text)
    (opened / "candy.safetensors").write_text("one's own goes first")
    assert folders.style("candy.safetensors") == opened / "candy.safetensors"


DAY = 24 * 3600.0


def aged(folder: Path, days: float) -> None:
    """Let the last visit of a browser be so many days ago."""
    at = time.time() - days * DAY
    os.utime(folder / "visited", (at, at))


def test_uploads_of_those_who_do_not_come_back_are_cleared(opened: Path, tmp_path: Path) -> None:
    home = tmp_path / "studio"
    sessions = Sessions(OpenFolders([opened]), home)
    here, gone, recent = (sessions.of(name) for name in ("here", "gone", "recent"))
    for session in (here, gone, recent):
        session.came("page")
        (session.uploads / "clip.mp4").write_text("mine")
        (session.folder / "results").mkdir()
        (session.folder / "results" / "out.mp4").write_text("painted")
        session.chosen["clip"] = str(session.uploads / "clip.mp4")
    gone.went("page")
    recent.went("page")
    for session, days in ((here, 9), (gone, 1.1), (recent, 0.9)):
        aged(session.folder, days)
    sessions.clear()
    left = [(session.uploads / "clip.mp4").exists() for session in (here, gone, recent)]
    assert left == [True, False, True]  # whose page is open is there, however long
    assert [bool(session.chosen) for session in (here, gone, recent)] == left
    assert gone.uploads.is_dir()
    assert (gone.folder / "results" / "out.mp4").exists()


def test_at_the_start_old_uploads_go_and_nothing_else(opened: Path, tmp_path: Path) -> None:
    home = tmp_path / "studio"
    session = Sessions(OpenFolders([opened]), home).of("browser")
    session.came("page")
    (session.uploads / "clip.mp4").write_text("mine")
    (home / "nicegui" / "uploads").mkdir(parents=True)
    (home / "nicegui" / "uploads" / "kept").touch()
    aged(session.folder, 2)
    again = Sessions(OpenFolders([opened]), home)  # as after a restart: no page is open
    assert not list(session.uploads.iterdir())
    assert (home / "nicegui" / "uploads" / "kept").exists()
    assert again.of("browser").uploads == session.uploads


def test_uploads_of_a_render_that_waits_are_kept(opened: Path, tmp_path: Path) -> None:
    sessions = Sessions(OpenFolders([opened]), tmp_path / "studio")
    session = sessions.of("browser")
    session.came("page")
    session.went("page")
    clip = session.uploads / "clip.mp4"
    clip.write_text("mine")
    job = session.job_for(Order(clip, (opened / "dots.png",), "draft", {}))
    aged(session.folder, 5)
    sessions.clear()
    assert clip.exists()
    job.state = State.DONE
    sessions.clear()
    assert not clip.exists()
