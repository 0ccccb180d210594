"""Programs that read only the beginning, as ``flowstyle doctor | head -1`` does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flowstyle.cli.main import CLOSED_PIPE
from tests.helpers.media import write_clip


def unread(folder: Path, *words: str, stdout: bool = True, stderr: bool = False) -> tuple[int, str]:
    """Exit code and stderr of a command; what is set has nobody who reads it."""
    command = [sys.executable, "-m", "flowstyle", *words]
    pipe = subprocess.PIPE
    around = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, cwd=folder, env=around, stdout=pipe, stderr=pipe) as process:
        assert process.stdout
        assert process.stderr
        if stdout:
            process.stdout.close()
        if stderr:
            process.stderr.close()
        said = "" if stderr else process.stderr.read().decode()
        return process.wait(), said


@pytest.mark.parametrize("words", [["--help-all"], ["presets"], ["doctor"]])
def test_closed_stdout_is_a_quiet_end(tmp_path: Path, words: list[str]):
    assert unread(tmp_path, *words) == (CLOSED_PIPE, "")


def test_both_closed_is_no_mistake_of_ours(tmp_path: Path):
    assert unread(tmp_path, "presets", stderr=True)[0] == CLOSED_PIPE


def test_streams_that_are_closed_from_the_start(tmp_path: Path):
    # `flowstyle styles <&- >&-`, as some schedulers start programs: there is no sys.stdout at all.
    around = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = f"exec {sys.executable} -m flowstyle eval clip.mkv clip.mkv --no-report <&- >&-"
    write_clip(tmp_path / "clip.mkv", count=2, size=(64, 48))
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=around, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode()


def test_an_error_that_nobody_reads_keeps_its_code(tmp_path: Path):
    words = ("run", "clip.mp4", "style.png")
    assert unread(tmp_path, *words, stdout=False, stderr=True)[0] == 10


def test_work_whose_messages_nobody_reads_goes_on(tmp_path: Path):
    for seed, name in enumerate(("photo.png", "style.png")):
        noise = np.random.default_rng(seed).integers(0, 255, (32, 32, 3), np.uint8)
        Image.fromarray(noise).save(tmp_path / name)
    words = ("image", "photo.png", "style.png", "-o", "out.png", "--iterations", "2")
    assert unread(tmp_path, *words, stdout=False, stderr=True)[0] == 0
    assert (tmp_path / "out.png").exists()
