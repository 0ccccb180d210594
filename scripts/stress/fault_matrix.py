"""The fault matrix: write it into tests/README.md, or remove its guards one by one.

    python scripts/stress/fault_matrix.py                  # print it
    python scripts/stress/fault_matrix.py --write
    python scripts/stress/fault_matrix.py --break
    python scripts/stress/fault_matrix.py --break SIGKILL  # faults that contain a word

``--break`` copies the project into a temporary folder, removes the guard of one row after another
there, and runs the row's tests, which must fail. It takes a quarter of a minute for each row, and
ends with 1 if the tests of a row passed without its guard.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.common.options import make_parser
from scripts.common.paths import ROOT
from scripts.common.results import table
from scripts.stress.matrix import Guard, Row, read_matrix

README = ROOT / "tests" / "README.md"
HEADING = "## Fault matrix\n"
IGNORED = (".venv", ".git", "*.flowstyle", "__pycache__", "*.mp4")


def as_code(text: str) -> str:
    """The first line of a piece of code, for a table."""
    first = next((part.strip() for part in text.splitlines() if part.strip()), "")
    return f"`{first}`".replace("|", "\\|") if first else "nothing"


def fails_with(row: Row) -> str:
    """The last column: what was removed to see the tests fail."""
    if row.guard is None:
        return "–"
    return f"`{row.guard.file}`: {as_code(row.guard.old)} → {as_code(row.guard.new)}"


def matrix_text(sections: dict[str, list[Row]]) -> str:
    """The matrix in Markdown."""
    parts = [HEADING]
    numbers = count(1)
    for section, rows in sections.items():
        body = []
        for row in rows:
            tests = "<br>".join(f"`{name}`" for name in row.tests)
            body.append([str(next(numbers)), row.fault, row.behaviour, tests, fails_with(row)])
        head = ["", "fault", "behaviour", "tests", "fails with"]
        parts.append(f"\n### {section}\n\n{table(head, body)}\n")
    return "".join(parts)


def with_table(text: str) -> str:
    """The README with the current matrix in place of the old one, which stands at its end."""
    return text.partition(HEADING)[0] + matrix_text(read_matrix())


@contextmanager
def without(guard: Guard, project: Path) -> Iterator[None]:
    """Remove a guard from a copy of the project, and put it back.

    Raises:
        SystemExit: the guard is not in its file.
    """
    path = project / "flowstyle" / guard.file
    whole = path.read_text(encoding="utf-8")
    if guard.old not in whole:
        raise SystemExit(f"{guard.file} does not hold {guard.old!r}")
    path.write_text(whole.replace(guard.old, guard.new), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(whole, encoding="utf-8")


def run_tests(row: Row, project: Path) -> int:
    """Run the tests of a row in a copy of the project; return pytest's status."""
    tests = [f"tests/{name}" for name in row.tests]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(project)}
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, check=False
    ).returncode


def break_guards(words: list[str]) -> int:
    """Run the tests of each row without its guard.

    Args:
        words: only rows whose fault contains one of them; all rows if empty.

    Returns:
        Number of rows whose tests did not fail.
    """
    failed = 1  # pytest's status where a test failed; others mean that it could not run
    survivors = caught = 0
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(*IGNORED))
        for row in (row for rows in read_matrix().values() for row in rows):
            if row.guard is None or (words and not any(word in row.fault for word in words)):
                continue
            with without(row.guard, project):
                status = run_tests(row, project)
            caught += status == failed
            survivors += status != failed
            verdict = "noticed" if status == failed else f"NOT NOTICED ({status})"
            print(f"{verdict}: {row.fault}", flush=True)
    print(f"{caught} guards removed and noticed, {survivors} not")
    return survivors


def main() -> None:
    """Read the arguments."""
    parser = make_parser(__doc__)
    parser.add_argument("--write", action="store_true", help="the table in tests/README.md")
    parser.add_argument("--break", action="store_true", dest="broken", help="remove the guards")
    parser.add_argument("words", nargs="*", help="with --break: only faults that contain one")
    options = parser.parse_args()
    if options.write:
        text = with_table(README.read_text(encoding="utf-8"))
        README.write_text(text, encoding="utf-8")
    if options.broken:
        sys.exit(break_guards(options.words) > 0)
    if not options.write:
        print(matrix_text(read_matrix()))


if __name__ == "__main__":
    main()
