"""The scripts stand by themselves: they run from any folder, and nothing in them imports tests."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.common.paths import ROOT

FILES = sorted((ROOT / "scripts").rglob("*.py"))
RUNNABLE = [path for path in FILES if '\nif __name__ == "__main__":' in path.read_text()]


def imported(path: Path) -> set[str]:
    """The modules that a file imports anywhere."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import fails in a script"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_script_imports_tests(path: Path):
    assert not {name for name in imported(path) if name.split(".")[0] == "tests"}


@pytest.mark.slow
@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: str(path.relative_to(ROOT)))
def test_script_runs_from_another_folder(path: Path, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, str(path), "--help"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert f"python {path.relative_to(ROOT)}" in path.read_text()  # the docstring says how
