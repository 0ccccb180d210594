"""Messages stay on their lines, whatever the names in them hold."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from flowstyle.batch.problems import Problems
from flowstyle.cli.main import run
from flowstyle.core.errors import UsageError, VideoError
from flowstyle.core.events import Decision, Notice
from flowstyle.core.plain import one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain.mp4", "plain.mp4"),
        ("Ünïcode 日本 👩‍🎨\u00a0\u202f.mp4", "Ünïcode 日本 👩‍🎨\u00a0\u202f.mp4"),
        ("a\\b", "a\\b"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31mred\x07\x9b", "\\x1b[31mred\\x07\\x9b"),
        ("a\u2028b\x85", "a\\u2028b\\x85"),
        ("gpj\u202e.exe", "gpj\\u202e.exe"),
        ("\udcff.mp4", "\\udcff.mp4"),
    ],
)
def test_control_characters_are_written_out(text: str, shown: str):
    assert one_line(text) == shown
    assert one_line(shown) == shown


def test_messages_stay_on_their_lines():
    name = Path("new\nline\x1b[2J.mp4")
    error = VideoError(f"{name} is bad", name, f"remove {name}")
    assert str(error).count("\n") == 2
    assert "\x1b" not in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert Decision("audio", f"of {name}").text == "of new\\nline\\x1b[2J.mp4"
    assert "\n" not in Notice(f"of {name}").text


def test_a_list_of_problems_keeps_its_lines(tmp_path: Path):
    problems = Problems(tmp_path / "jobs.toml")
    for name in ("a\n- b", "c"):
        with problems:
            raise UsageError("wrong", name, "other")
    with pytest.raises(UsageError) as caught:
        problems.refuse()
    points = caught.value.what.split("\n")[1:]
    assert points == ["- a\\n- b: wrong; other", "- c: wrong; other"]
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    "words", [["x\ny\x1b[31m.mp4", "s.png"], ["c.mp4", "s.png", "--p\nq", "1"]]
)
def test_fault_names_that_a_terminal_would_obey(words, capsys: pytest.CaptureFixture[str]):
    assert run(["run", *words]) in (2, 10)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert [line.split(":")[0].strip() for line in lines] == ["flowstyle", "where", "what to do"]
    assert "\x1b" not in "".join(lines)
