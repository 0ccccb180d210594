"""The stop flag: polite at first, at once the second time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from flowstyle.core.errors import Interrupted
from flowstyle.core.signals import STOPPING, StopFlag, die_of
from scripts.stress import processes


def test_first_signal_sets_the_flag_and_leaving_gives_the_handlers_back():
    before = [signal.getsignal(signum) for signum in STOPPING]
    with StopFlag() as flag:
        assert not flag.is_set()
        flag.raise_if_set()
        signal.raise_signal(signal.SIGTERM)
        assert flag.is_set()
        with pytest.raises(Interrupted) as caught:
            flag.raise_if_set("frame 3")
    assert caught.value.exit_code == 143
    assert caught.value.where == "frame 3"
    assert [signal.getsignal(signum) for signum in STOPPING] == before


def test_ignored_signals_stay_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with StopFlag() as flag:
            signal.raise_signal(signal.SIGHUP)
            assert not flag.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_get_an_inert_flag():
    seen = []

    def use() -> None:
        with StopFlag() as flag:
            seen.append(flag.is_set())

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert seen == [False]


def wait_politely(ready: str, polite: bool) -> int:
    with StopFlag() as flag:
        Path(ready).touch()
        while not (polite and flag.is_set()):
            if flag.is_set():
                Path(ready + "2").touch()
            time.sleep(0.005)
    die_of(flag.signum or 0)
    return 1


@pytest.mark.parametrize("signum", STOPPING)
def test_stopped_process_dies_of_the_signal(tmp_path: Path, signum: int):
    ready = tmp_path / "ready"
    child = processes.start(wait_politely, str(ready), True, log=tmp_path / "log")
    processes.wait_for(ready.exists, child)
    os.kill(child.pid, signum)
    assert processes.finish(child) == -signum
    assert (tmp_path / "log").read_text() == ""


def test_second_signal_ends_a_process_that_does_not_listen(tmp_path: Path):
    ready = tmp_path / "ready"
    child = processes.start(wait_politely, str(ready), False, log=tmp_path / "log")
    processes.wait_for(ready.exists, child)
    os.kill(child.pid, signal.SIGINT)
    processes.wait_for((tmp_path / "ready2").exists, child)
    os.kill(child.pid, signal.SIGINT)
    assert processes.finish(child) == -signal.SIGINT
    assert (tmp_path / "log").read_text() == ""


@pytest.mark.parametrize(("polite", "rounds"), [(True, 1), (False, 3)])
def test_death_by_signal_ends_a_shell_loop_and_an_exit_status_does_not(polite: bool, rounds: int):
    # The reason for die_of: exit 130 alone lets `for` go on.
    # Ctrl-C reaches the whole process group; the child notes it, cleans up and ends.
    code = "import os, signal as s; s.signal(2, lambda *_: None); os.killpg(0, 2); "
    code += "s.signal(2, s.SIG_DFL); os.kill(os.getpid(), 2)" if polite else "raise SystemExit(130)"
    script = f"for i in 1 2 3; do echo round; {sys.executable} -S -c '{code}'; done"
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        start_new_session=True,
    )
    assert done.stdout.count("round") == rounds


def test_windows_gets_the_exit_code_of_a_signal(monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        with pytest.raises(SystemExit) as ended:
            die_of(2)
    assert ended.value.code == 130
