"""The work folder: resume, damage, discard, restart, asynchronous commits."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core import failpoints
from flowstyle.core.errors import OutputError, ResumeMismatchError, StorageError, WorkdirBusyError
from flowstyle.core.events import Event, Notice
from flowstyle.storage import WorkDir, png

FINGERPRINT = {"settings": {"iterations": 2, "preset": "draft"}, "input": {"sha256": "ab"}}


def picture(seed: int, dtype: type = np.uint16) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (6, 5, 3), dtype)


class Said(list[str]):
    def __call__(self, event: Event) -> None:
        assert isinstance(event, Notice)
        self.append(event.text)


@pytest.fixture(autouse=True)
def disarm():
    yield
    failpoints.configure("")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_frames_come_back_bit_for_bit_after_reopening(tmp_path: Path, dtype: type):
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        for index in range(3):
            work.commit_image("sweep1", index, picture(index, dtype), {"pts": 40 * index})
    said = Said()
    with WorkDir.open(tmp_path / "w", FINGERPRINT, report=said) as work:
        assert work.verified("sweep1") == {0, 1, 2}
        assert not work.is_done("sweep1", 3)
        assert not work.is_done("sweep2", 0)
        assert work.extra("sweep1", 2) == {"pts": 80}
        for index in range(3):
            loaded = work.load_image("sweep1", index)
            assert loaded.dtype == dtype
            assert np.array_equal(loaded, picture(index, dtype))
    assert said == ["resuming: 3 of 3 kept pictures verified"]
    said.clear()
    with WorkDir.open(tmp_path / "w", FINGERPRINT, report=said, result="stylised") as work:
        work.commit_image("stylised", 0, picture(0, dtype))
    with WorkDir.open(tmp_path / "w", FINGERPRINT, report=said, result="stylised"):
        pass
    assert said == [
        "resuming: 3 of 3 kept pictures verified, painted frames among them: 0",
        "resuming: 4 of 4 kept pictures verified, painted frames among them: 1",
    ]


def test_damaged_and_missing_frames_are_forgotten_and_named(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        for index in range(4):
            work.commit_image16("final", index, picture(index))
    damaged = tmp_path / "w/final/000001.png"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    (tmp_path / "w/final/000003.png").unlink()
    said = Said()
    with WorkDir.open(tmp_path / "w", FINGERPRINT, report=said) as work:
        assert work.verified("final") == {0, 2}
        with pytest.raises(KeyError):
            work.load_image16("final", 1)
        work.commit_image16("final", 1, picture(1))
    assert "final/000001.png, final/000003.png" in said[0]
    assert said[1] == "resuming: 2 of 4 kept pictures verified"
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        assert work.verified("final") == {0, 1, 2}


def test_a_file_without_a_journal_line_is_not_done(tmp_path: Path):
    failpoints.configure("journal_append:2=enospc")
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        work.commit_image16("final", 0, picture(0))
        with pytest.raises(StorageError, match="full"):
            work.commit_image16("final", 1, picture(1))
    assert (tmp_path / "w/final/000001.png").is_file()
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        assert work.verified("final") == {0}


def test_change_after_opening_is_found_at_loading(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        work.commit_image16("final", 0, picture(0))
        (tmp_path / "w/final/000000.png").write_bytes(b"other")
        with pytest.raises(StorageError, match="changed"):
            work.load_image16("final", 0)


def test_changed_settings_are_refused_with_the_difference(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        work.commit_image16("final", 0, picture(0))
    other = {"settings": {"iterations": 3, "preset": "draft"}, "style": {"sha256": "cd"}}
    with pytest.raises(ResumeMismatchError) as caught:
        WorkDir.open(tmp_path / "w", other)
    assert "--iterations: 2 → 3" in caught.value.what
    assert 'input.sha256: "ab" → (none)' in caught.value.what
    assert 'style.sha256: (none) → "cd"' in caught.value.what
    assert "preset" not in caught.value.what
    assert "--restart" in caught.value.advice
    WorkDir.open(tmp_path / "w", FINGERPRINT).close()  # and the refusal changed nothing


def test_settings_may_change_as_long_as_nothing_was_kept(tmp_path: Path):
    """A run that its clip ended at once must not stand in the way of the next one."""
    WorkDir.open(tmp_path / "w", FINGERPRINT).close()
    with WorkDir.open(tmp_path / "w", {"n": 1}) as work:
        work.commit_image16("final", 0, picture(0))
    assert json.loads((tmp_path / "w/settings.json").read_text()) == {"n": 1}
    with pytest.raises(ResumeMismatchError):
        WorkDir.open(tmp_path / "w", FINGERPRINT)
    # Frames without a journal are work, too, that somebody may want back.
    (tmp_path / "w/journal.jsonl").write_bytes(b"")
    with pytest.raises(ResumeMismatchError):
        WorkDir.open(tmp_path / "w", FINGERPRINT)


def test_restart_archives_everything(tmp_path: Path):
    for number in (1, 2, 3):
        said = Said()
        with WorkDir.open(tmp_path / "w", {"n": number}, restart=number > 1, report=said) as work:
            assert work.verified("final") == set()
            work.commit_image16("final", number, picture(number))
        assert len(said) == (number > 1)
    for number in (1, 2):
        archive = tmp_path / f"w/archive-{number}"
        assert json.loads((archive / "settings.json").read_text()) == {"n": number}
        assert (archive / f"final/{number:06d}.png").is_file()
        assert (archive / "journal.jsonl").stat().st_size > 0


@pytest.mark.parametrize("name", [300 * "x", "no/" + 300 * "x", 300 * "x" + "/a"])
def test_name_that_is_too_long_is_12(tmp_path: Path, name: str):
    with pytest.raises(OutputError) as caught:
        WorkDir.open(tmp_path / name, {})
    assert caught.value.exit_code == 12
    assert list(tmp_path.iterdir()) == []


def test_folder_with_other_files_is_left_alone(tmp_path: Path):
    (tmp_path / "holiday.jpg").write_bytes(b"mine")
    for restart in (False, True):
        with pytest.raises(OutputError, match="not a work folder"):
            WorkDir.open(tmp_path, FINGERPRINT, restart=restart)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["holiday.jpg", "lock", "lock.json"]


def test_second_run_is_refused_and_told_who_holds_the_folder(tmp_path: Path):
    with (
        WorkDir.open(tmp_path / "w", FINGERPRINT),
        pytest.raises(WorkdirBusyError, match=f"process {os.getpid()} on "),
    ):
        WorkDir.open(tmp_path / "w", FINGERPRINT)
    WorkDir.open(tmp_path / "w", FINGERPRINT).close()


def test_discard_deletes_only_what_the_journal_lists(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        work.commit_image16("sweep1", 0, picture(0))
        work.commit_image16("sweep2", 0, picture(1))
        (tmp_path / "w/sweep1/mine.txt").write_text("keep")
        work.discard("sweep1")
        assert work.is_discarded("sweep1")
        assert not work.is_discarded("sweep2")
    assert [path.name for path in (tmp_path / "w/sweep1").iterdir()] == ["mine.txt"]
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        assert work.verified("sweep1") == set()
        assert work.is_discarded("sweep1")
        assert work.verified("sweep2") == {0}


def test_discard_is_finished_after_a_kill_and_keeps_what_was_made_since(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        work.commit_image16("sweep1", 0, picture(0))
        work.commit_image16("sweep1", 1, picture(1))
    old = (tmp_path / "w/sweep1/000000.png").read_bytes()
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        work.discard("sweep1")
        work.commit_image16("sweep1", 1, picture(7))
    (tmp_path / "w/sweep1/000000.png").write_bytes(old)  # as if killed before deleting it
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        assert work.verified("sweep1") == {1}
        assert np.array_equal(work.load_image16("sweep1", 1), picture(7))
    assert not (tmp_path / "w/sweep1/000000.png").exists()


def test_notes_survive_in_order(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        work.note({"type": "cuts", "at": [3, 9]})
        work.note({"type": "repeated", "frame": 1})
        with pytest.raises(ValueError, match="type"):
            work.note({"frame": 1})
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        work.note({"type": "repeated", "frame": 4})
        assert work.records("cuts") == [{"type": "cuts", "at": [3, 9]}]
        assert [record["frame"] for record in work.records("repeated")] == [1, 4]


def test_asynchronous_commits_keep_order_and_copy(tmp_path: Path):
    buffer = np.zeros((4, 4, 3), np.uint16)
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        for index in range(12):
            buffer[:] = index
            work.commit_async("final", index, buffer)
        assert work.load_image16("final", 11).max() == 11
        work.note({"type": "end"})
    lines = [json.loads(line) for line in (tmp_path / "w/journal.jsonl").read_text().splitlines()]
    assert [line.get("name") for line in lines] == [
        *(f"final/{index:06d}.png" for index in range(12)),
        None,
    ]
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        assert [int(work.load_image("final", index)[0, 0, 0]) for index in range(12)] == list(
            range(12)
        )


def test_failed_asynchronous_commit_surfaces_and_stops_later_ones(tmp_path: Path):
    failpoints.configure("before_rename:2=enospc")  # after settings.json: the first frame
    work = WorkDir.open(tmp_path / "w", FINGERPRINT)
    with contextlib.suppress(StorageError):
        for index in range(20):
            work.commit_async("final", index, picture(index))
    with pytest.raises(StorageError, match="full"):
        work.close()
    assert not list((tmp_path / "w/final").iterdir())
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        assert work.verified("final") == set()


def test_failed_encoding_surfaces_and_stops_later_ones(tmp_path: Path, monkeypatch):
    encode = png.encode

    def broken(image: np.ndarray) -> bytes:
        if image.max() == 2:
            raise ValueError("cannot be encoded")
        return encode(image)

    monkeypatch.setattr(png, "encode", broken)
    work = WorkDir.open(tmp_path / "w", FINGERPRINT)
    with contextlib.suppress(ValueError):
        for index in range(6):
            work.commit_async("final", index, np.full((4, 4, 3), index, np.uint8))
    with pytest.raises(ValueError, match="cannot be encoded"):
        work.close()
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        assert work.verified("final") == {0, 1}


def test_close_does_not_hide_the_exception_under_way(tmp_path: Path):
    failpoints.configure("before_rename:2=enospc")
    work = WorkDir.open(tmp_path / "w", FINGERPRINT)
    work.commit_async("final", 0, picture(0))
    work.__exit__(KeyError, KeyError("first"), None)  # would raise StorageError without the first
    WorkDir.open(tmp_path / "w", FINGERPRINT).close()


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a/b/c", "a/..", ".hidden", "a/.b", "", "a//b", "x\n", "a\\..\\b/../c"]
)
def test_names_do_not_lead_out_of_the_folder(tmp_path: Path, name: str):
    with (
        WorkDir.open(tmp_path / "w", FINGERPRINT) as work,
        pytest.raises(ValueError, match="not a name"),
    ):
        work.commit_bytes(name, b"data")


@pytest.mark.parametrize("kind", ["", "Sweep", "../x", "a/b", "archive 1"])
def test_kinds_are_plain_names(tmp_path: Path, kind: str):
    with (
        WorkDir.open(tmp_path / "w", FINGERPRINT) as work,
        pytest.raises(ValueError, match="not a kind"),
    ):
        work.commit_image16(kind, 0, picture(0))


def test_lossless_only(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", FINGERPRINT) as work:
        with pytest.raises(ValueError, match="uint8 or uint16"):
            work.commit_image("final", 0, np.zeros((2, 2, 3), np.float32))
        with pytest.raises(ValueError, match="expected uint16"):
            work.commit_image16("final", 0, np.zeros((2, 2, 3), np.uint8))
        with pytest.raises(ValueError, match="H×W"):
            work.commit_image("final", 0, np.zeros((2, 2, 2), np.uint8))


def test_missing_parent_is_an_output_error(tmp_path: Path):
    with pytest.raises(OutputError, match="does not exist") as caught:
        WorkDir.open(tmp_path / "no/w", FINGERPRINT)
    assert caught.value.exit_code == 12
    assert not (tmp_path / "no").exists()


def test_closed_folder_takes_nothing_more(tmp_path: Path):
    work = WorkDir.open(tmp_path / "w", FINGERPRINT)
    work.close()
    work.close()
    with pytest.raises(ValueError, match="closed"):
        work.commit_async("final", 0, picture(0))
    with pytest.raises(ValueError, match="closed"):
        work.commit_image("final", 0, picture(0))
    with pytest.raises(ValueError, match="closed"):
        work.note({"type": "late"})
    assert not (tmp_path / "w/final").exists()
