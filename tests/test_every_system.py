"""Nothing in the package needs a module or a name that one operating system alone has."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.stress.project import FAST, Project
from tests.helpers.other_system import HIDDEN_NAMES, UNIX_MODULES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "flowstyle"

OTHER_MODULES = {"posix", "nt", "msvcrt", "winreg", "winsound", "_winapi"}

OS_NAMES = {
    *HIDDEN_NAMES,
    *("O_CLOEXEC", "O_NONBLOCK", "O_SYNC", "O_DSYNC", "O_NOCTTY", "O_TMPFILE", "O_BINARY"),
    *(
        "preadv",
        "pwritev",
        "statvfs",
        "fstatvfs",
        "fork",
        "forkpty",
        "getgid",
        "getegid",
        "getpgrp",
        "getsid",
    ),
    *("setuid", "setgid", "mknod", "nice", "chown", "lchown", "fchmod", "fchown", "fchdir"),
    *("chroot", "confstr", "pathconf", "sched_setaffinity", "sync", "posix_fallocate", "lockf"),
    *("posix_fadvise", "sendfile", "uname", "wait", "wait3", "wait4", "waitid", "WNOHANG"),
    *("register_at_fork", "ttyname", "openpty", "memfd_create", "copy_file_range", "getxattr"),
    *("setxattr", "startfile"),
}
SIGNAL_NAMES = {
    *("SIGHUP", "SIGKILL", "SIGSTOP", "SIGCONT", "SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGALRM"),
    *("SIGPIPE", "SIGCHLD", "SIGTSTP", "SIGBREAK", "alarm", "setitimer", "pause", "pthread_kill"),
    *("pthread_sigmask", "sigwait", "siginterrupt", "sigpending"),
}
GUARDS = ("hasattr(", "os.name", "sys.platform")


def guarded(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a condition around the node asks for the system."""
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.If | ast.IfExp):
            condition = ast.unparse(node.test)
            if any(guard in condition for guard in GUARDS):
                return True
    return False


def faults_of(source: str) -> Iterator[str]:
    """What of a module's text exists on some systems only."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules = [node.module]
            names = {"os": OS_NAMES, "signal": SIGNAL_NAMES}.get(node.module, set())
            yield from (alias.name for alias in node.names if alias.name in names)
        yield from (
            module for module in modules if module.split(".")[0] in {*UNIX_MODULES, *OTHER_MODULES}
        )
        if isinstance(node, ast.Attribute) and not guarded(node, parents):
            owner = ast.unparse(node.value)
            names = {"os": OS_NAMES, "signal": SIGNAL_NAMES}.get(owner, {"is_mount", "owner"})
            if node.attr in names:
                yield f"{owner}.{node.attr}"


def test_package_uses_what_every_system_has() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {fault}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for fault in faults_of(path.read_text(encoding="utf-8"))
    }
    assert not found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import fcntl", ["fcntl"]),
        ("def f():\n    from curses import ascii", ["curses"]),
        ("from os import pread", ["pread"]),
        ("import os\nos.open('a', os.O_RDONLY | os.O_DIRECTORY)", ["os.O_DIRECTORY"]),
        ("import signal\nSTOP = (signal.SIGINT, signal.SIGHUP)", ["signal.SIGHUP"]),
        ("path.is_mount()", ["path.is_mount"]),
        ("if hasattr(signal, 'SIGHUP'):\n    signal.SIGHUP", []),
        ("import os\nbits = getattr(os, 'O_BINARY', 0)", []),
    ],
)
def test_scan_sees_what_it_is_for(source: str, expected: list[str]) -> None:
    assert list(faults_of(source)) == expected


def elsewhere(*command: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, from the project's root, warnings shown."""
    environment = {**os.environ, "FLOWSTYLE_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_clip_is_rendered_without_the_modules_of_unix(tmp_path: Path) -> None:
    project = Project(tmp_path / "a", frames=3)
    here = Project(tmp_path / "b", frames=3)
    assert here.run() == 0, here.said
    command = ["run", str(project.clip), str(project.style), "-o", str(project.output), *FAST]
    done = elsewhere("-m", "tests.helpers.other_system", *command)
    assert done.returncode == 0, done.stderr
    assert project.output.is_file()
    assert project.stylised() == here.stylised()
    assert "soft file lock" in done.stderr  # filelock says so itself


LOCK = """
import os, sys
from pathlib import Path
from tests.helpers.other_system import pretend
pretend()
from flowstyle.core.errors import WorkdirBusyError
from flowstyle.storage.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
try:
    FolderLock(Path(sys.argv[1]))
except WorkdirBusyError as error:
    print(error.what)
os._exit(7)  # like a kill: nothing is released
"""


def test_lock_without_the_systems_help_dies_with_its_process_too(tmp_path: Path) -> None:
    for _ in range(2):
        done = elsewhere("-c", LOCK, str(tmp_path))
        assert done.returncode == 7, done.stderr
        assert "another run holds the work folder: process " in done.stdout
