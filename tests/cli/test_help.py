"""What --help shows first, what --help-all adds, and what a shell completes."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from flowstyle.cli.arguments import take_apart
from flowstyle.cli.help_page import EVERYDAY, EXAMPLES
from flowstyle.cli.main import COMMANDS, app, run
from flowstyle.cli.usage import options_of


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(words) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", EVERYDAY)
def test_the_short_help_shows_what_people_need_first(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    short = shown(capsys, command, "--help")
    places = [short.index(f"{option} ") for option in EVERYDAY[command]]
    assert places == sorted(places)
    assert "--tv-weight" not in short
    listed = options_of(app)[command]
    whole = shown(capsys, command, "--help-all")
    assert all(option in whole for option in listed)
    assert "Losses" in whole
    group = typer.main.get_group(app)
    options = [one for one in group.commands[command].params if one.param_type_name == "option"]
    hidden = len(options) - len(EVERYDAY[command])
    assert f"{hidden} more options: flowstyle {command} --help-all" in short


def test_the_short_help_of_run_is_two_screens_at_most(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(shown(capsys, "run", "--help").splitlines()) < 90
    assert len(shown(capsys, "--help").splitlines()) < 50


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_examples_that_parse(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(capsys, command, "-h")
    for line, what in EXAMPLES[command]:
        assert f"{line}  " in text, "a line of the help is broken in two"
        assert what in text
        words = take_apart(shlex.split(line)[1:], options_of(app))
        assert words.command == command


def test_help_on_all_is_given_with_any_option_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [shown(capsys, word) for word in ("--help", "-h", "--help-all")]
    assert texts[0] == texts[1] == texts[2]
    assert "Examples:" in texts[0]


COMPLETED = [
    ("flowstyle r", "run"),
    ("flowstyle run clip.mp4 ca", "candy"),
    ("flowstyle run clip.mp4 sty", "style.jpg styles/"),
    ("flowstyle run clip.mp4 styles/", "styles/two.png"),
    ("flowstyle image photo.jpg gl", "glass"),
    ("flowstyle styles w", "waves"),
    ("flowstyle run --preset d", "default draft"),
    ("flowstyle run --device c", "cpu cuda cuda:1"),
    ("flowstyle run --optim", "--optimizer"),
]


@pytest.mark.parametrize(("typed", "offered"), COMPLETED)
def test_a_shell_completes(typed: str, offered: str, tmp_path: Path) -> None:
    (tmp_path / "style.jpg").touch()
    (tmp_path / "style.mp4").touch()
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "two.png").touch()
    asked = {
        "_FLOWSTYLE_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "FLOWSTYLE_CACHE": str(tmp_path / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "flowstyle"],
        env=os.environ | asked,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == offered.split()
    assert not done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_shown(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flowstyle", "--show-completion", shell],
        env=os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_FLOWSTYLE_COMPLETE" in done.stdout
