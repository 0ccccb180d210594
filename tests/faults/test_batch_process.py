"""``flowstyle batch`` under kills and signals: the same command goes on, to the same bytes."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from scripts.stress import processes
from scripts.stress.project import Project

JOBS = """
[defaults]
preset = "draft"
features = "compact"
iterations = 1
first_iterations = 1
fill_content = false
measure = false
output = "out/{settings}.mkv"
codec = "ffv1"

[settings.soft]
style_weight = 3
[settings.bold]
style_weight = 9

[[job]]
clip = "clip.mp4"
style = "style.png"
settings = ["soft", "bold"]
"""
NAMES = ("soft", "bold")


class Batch(Project):
    """A folder with a clip, a style and a file of two jobs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, frames=2)
        self.file = folder / "jobs.toml"
        self.file.write_text(JOBS, encoding="utf-8")

    def paint(self, *more: str, points: str = "") -> int:
        child = self.start_other("batch", str(self.file), *more, points=points)
        status = processes.finish(child)
        assert "Traceback" not in self.said, self.said
        return status

    def results(self) -> list[bytes | None]:
        paths = [self.folder / "out" / f"{name}.mkv" for name in NAMES]
        return [path.read_bytes() if path.exists() else None for path in paths]

    def painted(self) -> list[str]:
        """Names of all frames in the order in which they were committed, over all runs."""
        names = []
        for name in NAMES:
            journal = self.folder / "out" / f"{name}.mkv.flowstyle" / "journal.jsonl"
            lines = journal.read_bytes().splitlines() if journal.exists() else []
            records = [json.loads(line) for line in lines]
            found = [record["name"] for record in records if "stylised" in record.get("name", "")]
            names += [f"{name}/{one}" for one in found]
        return names


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """An uninterrupted batch."""
    batch = Batch(tmp_path_factory.mktemp("whole"))
    assert batch.paint() == 0, batch.said
    assert batch.results()[0] != batch.results()[1]
    return batch


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return Batch(tmp_path / "batch")


PLACES = (
    "after_journal:1=kill",
    "before_rename:2=kill",
    "published:1=kill,after_journal:2=kill",
    "publish:1=kill,journal_append:2=kill",
)


def test_kills_in_a_row_until_all_is_done(whole: Batch, batch: Batch) -> None:
    """Each run is killed a little later than its beginning; none needs another command."""
    kills = 0
    while kills < 60:
        status = batch.paint(points=PLACES[kills % len(PLACES)])
        if status == 0:
            break
        assert status == -signal.SIGKILL, batch.said
        for found, right in zip(batch.results(), whole.results(), strict=True):
            assert found in (None, right)
        kills += 1
    assert kills >= 8
    assert batch.results() == whole.results()
    painted = batch.painted()
    assert len(painted) == len(set(painted)) == 4  # a committed frame is never painted again
    assert batch.paint() == 0
    assert "2 done already" in batch.said


@pytest.mark.parametrize("times", [1, 2])
def test_kill_between_a_result_and_its_note(whole: Batch, batch: Batch, times: int) -> None:
    """The result is there, and nothing says yet that it is the batch's: it is finished again."""
    assert batch.paint(points=f"published:{times}=kill") == -signal.SIGKILL
    assert batch.results()[times - 1] == whole.results()[times - 1]
    assert batch.paint() == 0, batch.said
    assert batch.results() == whole.results()
    assert len(batch.painted()) == 4


def test_ctrl_c_ends_with_a_table_and_keeps_what_is_done(whole: Batch, batch: Batch) -> None:
    # A job renames its fingerprint, two sources and two frames into place: this is in the second.
    assert batch.paint(points="before_rename:7=int") == -signal.SIGINT
    first, second = (line for line in batch.said.splitlines() if line.split()[:1] in (["1"], ["2"]))
    assert first.rstrip().endswith("done")
    assert second.rstrip().endswith("stopped")
    assert "job 2 of 2" in batch.said
    assert "run the same command again" in batch.said
    assert batch.results() == [whole.results()[0], None]
    assert batch.paint() == 0
    assert "1 goes on, 1 done already" in batch.said
    assert batch.results() == whole.results()


def test_a_full_disk_fails_one_job_and_the_next_is_painted(whole: Batch, batch: Batch) -> None:
    assert batch.paint(points="before_write:4=enospc") == 3
    assert "job 1 failed" in batch.said
    assert "the disk is full" in batch.said
    assert batch.results() == [None, whole.results()[1]]
    assert batch.paint() == 0
    assert batch.results() == whole.results()


def test_a_second_process_is_refused(batch: Batch) -> None:
    child = batch.start_other("batch", str(batch.file))
    processes.wait_for(lambda: "job: 1 of 2" in batch.said, child)
    assert batch.paint() == 13
    assert f"process {child.pid} on " in batch.said
    child.kill()
    processes.finish(child)
    assert batch.paint() == 0
