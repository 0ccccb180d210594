"""The journal: torn lines, damaged lines, full disks, arbitrary bytes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowstyle.core import failpoints
from flowstyle.core.errors import FlowstyleError, OutputError, StorageError
from flowstyle.storage import WorkDir
from flowstyle.storage.archive import begin_or_verify
from flowstyle.storage.journal import Journal, parse_line
from flowstyle.storage.ledger import Ledger

LINES = [
    b'{"name":"a","sha256":"' + b"0" * 64 + b'"}\n',
    b'{"type":"cuts"}\n',
    b'{"discard":"x"}\n',
]
BUSY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = st.text("ab./_-9\n", max_size=12)
records = st.dictionaries(
    st.sampled_from(["name", "sha256", "extra", "discard", "type"]),
    st.one_of(st.none(), st.integers(), NAMES, st.lists(NAMES), st.just("0" * 64)),
)


@pytest.fixture(autouse=True)
def disarm():
    yield
    failpoints.configure("")


@pytest.mark.parametrize("cut", range(1, len(LINES[1]) + 1))
def test_torn_last_line_is_cut_off_and_the_next_is_readable(tmp_path: Path, cut: int):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(LINES[0] + LINES[1][:-cut])
    journal = Journal(tmp_path)
    assert len(journal.records) == 1
    assert journal.damaged == 0
    journal.append({"type": "next"})
    journal.close()
    assert path.read_bytes() == LINES[0] + b'{"type":"next"}\n'


def test_damaged_middle_lines_are_counted_and_left_out(tmp_path: Path):
    deep = b"[" * 100_000 + b"\n"
    bad = [b"\xff\xfe\n", b"[1]\n", b"\n", b"{\n", b"9" * 5000 + b"\n", deep]
    (tmp_path / "journal.jsonl").write_bytes(LINES[0] + b"".join(bad) + LINES[1])
    journal = Journal(tmp_path)
    assert len(journal.records) == 2
    assert journal.damaged == len(bad)


@pytest.mark.parametrize("place", ["journal_append", "journal_fsync"])
def test_failed_append_leaves_the_journal_as_it_was(tmp_path: Path, place: str):
    journal = Journal(tmp_path)
    journal.append({"type": "one"})
    failpoints.configure(f"{place}=enospc")
    with pytest.raises(StorageError, match="No space left"):
        journal.append({"type": "two"})
    journal.append({"type": "three"})
    journal.close()
    assert [record["type"] for record in Journal(tmp_path).records] == ["one", "three"]


def test_names_that_are_no_text_come_back(tmp_path: Path):
    journal = Journal(tmp_path)
    journal.append({"source": "caf\udce9.mp4", "style": "ü画.png"})
    journal.close()
    again = Journal(tmp_path)
    assert again.records == [{"source": "caf\udce9.mp4", "style": "ü画.png"}]
    assert again.damaged == 0
    (tmp_path / "work").mkdir()
    for _ in range(2):  # begun, then gone on with
        begin_or_verify(tmp_path / "work", {"told": {"clip": "caf\udce9.mp4"}}, restart=False)


@pytest.mark.parametrize(
    "make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/etc/hosts")]
)
def test_journal_that_is_no_file_is_refused(tmp_path: Path, make):
    make(tmp_path / "journal.jsonl")
    with pytest.raises(OutputError, match="not a file"):
        Journal(tmp_path)


@BUSY
@given(st.binary(max_size=200))
def test_any_line_gives_an_object_or_nothing(line: bytes):
    assert isinstance(parse_line(line), dict | None)


@BUSY
@given(st.lists(records))
def test_any_records_give_names_inside_the_folder(listed: list[dict]):
    ledger = Ledger.of(listed)
    for name in [*ledger.files, *ledger.given_up]:
        assert not name.startswith(("/", "."))
        assert ".." not in Path(name).parts


@BUSY
@given(st.lists(st.one_of(st.sampled_from(LINES), st.binary(max_size=60))).map(b"".join))
def test_folder_with_any_journal_opens_or_is_explained(tmp_path: Path, content: bytes):
    WorkDir.open(tmp_path / "w", {}).close()
    (tmp_path / "w/journal.jsonl").write_bytes(content)
    with WorkDir.open(tmp_path / "w", {}) as work:
        assert work.verified("final") == set()
        work.commit_bytes("a", b"data")
    with WorkDir.open(tmp_path / "w", {}) as work:
        assert work.has("a")


@BUSY
@given(
    st.one_of(st.binary(max_size=60), st.sampled_from([b"{}", b"[" * 100_000, b"null", b'{"a":1}']))
)
def test_folder_with_any_settings_opens_or_is_explained(tmp_path: Path, content: bytes):
    with WorkDir.open(tmp_path / "w", {"a": 2}, restart=True) as work:
        work.commit_bytes("a", b"data")
    (tmp_path / "w/settings.json").write_bytes(content)
    with pytest.raises(FlowstyleError) as caught:
        WorkDir.open(tmp_path / "w", {"a": 2})
    assert caught.value.exit_code == 14
