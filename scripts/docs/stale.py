"""Says which tables of the documents are no longer what their scripts would write.

python scripts/docs/stale.py               # ends with 1 where a page that a script writes differs
python scripts/docs/stale.py --measured    # only measured tables; ends with 0

Two kinds of table are told apart. A *generated* page follows from the code alone, and is compared
with what its script writes now. A *measured* table took a machine and time: the line below or above
it says when, where and with which METHOD (flowstyle/render/fingerprint.py, raised whenever the same
settings give other pixels). Where METHOD has been raised since, the table may be off, and is named;
it is no error, since nobody measures everything anew for each change.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from flowstyle.render.fingerprint import METHOD  # noqa: E402
from scripts.common.results import STAMP  # noqa: E402
from scripts.docs import gallery, reading_matrix, settings_page, sound_matrix  # noqa: E402
from scripts.stress import fault_matrix  # noqa: E402

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

Pages = Mapping[str, tuple[str, Callable[[str], bool]]]
"""Of a generated page: its path, the command that writes it, and whether a text is what it writes.
"""


def generated() -> Pages:
    """The pages that follow from the code alone."""
    return {
        "docs/reference/settings.md": (
            "scripts/docs/settings_page.py --write",
            lambda text: text == settings_page.page(),
        ),
        "tests/README.md": (
            "scripts/stress/fault_matrix.py --write",
            lambda text: text == fault_matrix.with_table(text),
        ),
        "docs/gallery.md": (
            "scripts/docs/gallery.py --page",
            lambda text: text == gallery.page(gallery.stamp_of(text)),
        ),
        "docs/sound.md": (
            "scripts/docs/sound_matrix.py --write",
            lambda text: _without_times(text) == _without_times(sound_matrix.page()),
        ),
        "docs/reading.md": (
            "scripts/docs/reading_matrix.py --write",
            lambda text: text == _reading(),
        ),
    }


def _reading() -> str:
    with tempfile.TemporaryDirectory() as folder:
        return reading_matrix.page(Path(folder))


def _without_times(text: str) -> str:
    """The matrix of sounds without the tenths of a millisecond, which other builds of FFmpeg move.

    Example:
        >>> _without_times("| copied +0.3 | aac stereo −1.2 | copied 0 |")
        '| copied | aac stereo | copied |'
    """
    return re.sub(r" (?:[+−]?\d+\.\d|0)(?= \|| \()", "", text).strip()


def stale_pages(pages: Pages, root: Path = ROOT) -> Iterator[str]:
    """A line for each generated page that is not what its script writes.

    Args:
        pages: see :func:`generated`.
        root: of the repository.
    """
    for name, (command, same) in pages.items():
        path = root / name
        if not path.is_file() or not same(path.read_text(encoding="utf-8")):
            yield f"{name} is stale: python {command}"


@dataclass(frozen=True)
class Measured:
    """A measured table: the page and heading that it stands under, and what its line says.

    ``method`` is None where the line does not say it.
    """

    page: str
    heading: str
    date: str
    machine: str
    method: int | None

    def __str__(self) -> str:
        """One line, with what is wrong with it, if anything is."""
        told = f"{self.page}, {self.heading}: {self.date}, "
        if self.method is None:
            return told + "does not say with which METHOD"
        if self.method < METHOD:
            return told + f"measured with METHOD {self.method}, the code is at {METHOD}"
        return told + f"METHOD {self.method}"

    @property
    def current(self) -> bool:
        """Whether it was measured with the pixels that the code gives."""
        return self.method == METHOD


def measured(text: str, page: str) -> Iterator[Measured]:
    """The measured tables of a page, by the lines that say when and where they were taken.

    Args:
        text: of the page.
        page: its name.
    """
    heading = ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        found = STAMP.search(line)
        if found:
            facts = dict(part.split(": ", 1) for part in found[0].split("; ") if ": " in part)
            method = facts.get("method", "")
            yield Measured(
                page,
                heading,
                facts["date"],
                facts.get("machine", "").rstrip(")."),
                int(method) if method.isdecimal() else None,
            )


def all_measured() -> list[Measured]:
    """The measured tables of all pages."""
    return [
        one
        for path in PAGES
        for one in measured(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    ]


def main() -> int:
    """Print what is stale."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measured", action="store_true", help="leave generated pages out")
    options = parser.parse_args()
    old = [one for one in all_measured() if not one.current]
    for one in old:
        print(f"note: {one}")
    lines = [] if options.measured else list(stale_pages(generated()))
    print("\n".join(lines) or f"{len(old)} measured tables are of an earlier METHOD")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
