"""The fault matrix: write it into tests/README.md, or remove its guards one by one.

    python scripts/fault_matrix.py --write
    python scripts/fault_matrix.py --break

``--break`` copies the project into a temporary folder, removes the guard of one row after another
there, and runs the row's tests, which must fail. It takes a quarter of a minute for each row.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.faults.matrix import SECTIONS, Row

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "tests" / "README.md"
HEADING = "## Fault matrix\n"


def code(text: str) -> str:
    """A piece of code in a table."""
    first = next(line.strip() for line in text.splitlines() if line.strip()) if text.strip() else ""
    return f"`{first}`".replace("|", "\\|") if first else "nothing"


def seen_to_fail(row: Row) -> str:
    """The last column."""
    if row.guard is None:
        return "–"
    return f"`{row.guard.file}`: {code(row.guard.old)} → {code(row.guard.new)}"


def table() -> str:
    """The matrix in Markdown."""
    lines = [HEADING]
    number = 0
    for section, rows in SECTIONS.items():
        lines += [f"\n### {section}\n", "| | fault | behaviour | tests | fails with |"]
        lines.append("| --- | --- | --- | --- | --- |")
        for row in rows:
            number += 1
            tests = "<br>".join(f"`{name}`" for name in row.tests)
            cells = (str(number), row.fault, row.behaviour, tests, seen_to_fail(row))
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def with_table(text: str) -> str:
    """The README with the current table in place of the old one, which stands at its end."""
    return text.partition(HEADING)[0] + table()


def broken_copies(copy: Path, words: list[str]) -> Iterator[Row]:
    """Remove the guard of each row in turn; restore it afterwards."""
    for rows in SECTIONS.values():
        for row in rows:
            if row.guard is None or (words and not any(word in row.fault for word in words)):
                continue
            path = copy / "flowstyle" / row.guard.file
            whole = path.read_text()
            if whole.count(row.guard.old) < 1:
                raise SystemExit(f"{row.guard.file} does not hold {row.guard.old!r}")
            path.write_text(whole.replace(row.guard.old, row.guard.new))
            yield row
            path.write_text(whole)


def break_guards(words: list[str]) -> int:
    """Run the tests of each row without its guard.

    Args:
        words: only rows whose fault contains one of them.

    Returns:
        Number of rows whose tests passed all the same.
    """
    ignored = shutil.ignore_patterns(".venv", ".git", "*.flowstyle", "__pycache__", "*.mp4")
    survivors = caught = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=ignored)
        environment = {**os.environ, "PYTHONPATH": str(copy)}
        for row in broken_copies(copy, words):
            tests = [f"tests/{name}" for name in row.tests]
            command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
            done = subprocess.run(
                command, cwd=copy, env=environment, capture_output=True, text=True, check=False
            )
            caught += done.returncode == 1
            survivors += done.returncode != 1
            verdict = "noticed" if done.returncode == 1 else f"NOT NOTICED ({done.returncode})"
            print(f"{verdict}: {row.fault}", flush=True)
    print(f"{caught} guards removed and noticed, {survivors} not")
    return survivors


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--break", action="store_true", dest="broken")
    parser.add_argument("words", nargs="*", help="with --break: only these faults")
    arguments = parser.parse_args()
    if arguments.write:
        README.write_text(with_table(README.read_text()))
    if arguments.broken:
        sys.exit(break_guards(arguments.words) > 0)
    if not arguments.write:
        print(table())


if __name__ == "__main__":
    main()
