"""What --help shows first, what --help-all adds, and what a shell completes."""

from __future__ import annotations

import json
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
from flowstyle.report.html.folder import report_folder


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


def test_the_help_of_report_names_the_page_that_it_writes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert f"{report_folder(Path('out.mp4')).name}/index.html" in shown(capsys, "report", "-h")


def test_help_on_all_is_given_with_any_option_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [shown(capsys, word) for word in ("--help", "-h", "--help-all")]
    assert texts[0] == texts[1] == texts[2]
    assert "Examples:" in texts[0]


COMPLETED = [
    ("flowstyle r", "run report"),
    ("flowstyle run clip.mp4 ca", "candy"),
    ("flowstyle run clip.mp4 sty", "style.jpg styles/"),
    ("flowstyle run clip.mp4 styles/", "styles/two.png"),
    ("flowstyle image photo.jpg gl", "glass"),
    ("flowstyle styles w", "waves"),
    ("flowstyle run --preset d", "default draft"),
    ("flowstyle run --device c", "cpu cuda cuda:1"),
    ("flowstyle run --optim", "--optimizer"),
]


CHILD = """
import contextlib, io, json, os, sys
from flowstyle.cli.main import run

def answer(words, wanted):
    os.environ.update(wanted)
    sys.argv = ["flowstyle", *words]
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        run(words)
    return out.getvalue()

print(json.dumps([answer(*one) for one in json.load(sys.stdin)]))
"""
"""Answers several shells in one process: each would take most of a second to begin."""


def answers(folder: Path, *asked: tuple[list[str], dict[str, str]]) -> list[str]:
    """What flowstyle prints for words and variables, in a folder."""
    own = {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "FLOWSTYLE_CACHE": str(folder / "cache"),
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps(asked),
        env=os.environ | own,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_a_shell_completes(tmp_path: Path) -> None:
    (tmp_path / "style.jpg").touch()
    (tmp_path / "style.mp4").touch()
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "two.png").touch()
    asked = [
        {
            "_FLOWSTYLE_COMPLETE": "complete_bash",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(typed.split()) - 1),
        }
        for typed, _ in COMPLETED
    ]
    found = answers(tmp_path, *(([], one) for one in asked))
    offered = {
        typed: " ".join(text.split()) for (typed, _), text in zip(COMPLETED, found, strict=True)
    }
    assert offered == dict(COMPLETED)


def test_the_script_for_a_shell_is_shown(tmp_path: Path) -> None:
    shells = ["bash", "zsh", "fish"]
    found = answers(tmp_path, *((["--show-completion", shell], {}) for shell in shells))
    assert all("_FLOWSTYLE_COMPLETE" in text for text in found)
    assert len(set(found)) == 3
