"""Builds the documents as a site, by zensical: README, all of docs/, the changes, the model card.

python scripts/docs/site.py --out site        # then open site/index.html, or serve that folder

Pages keep the places that they have in the repository, so that links between them work in both.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PARTS = {
    "Use it": (
        *("gallery", "recipes", "preview", "studio", "report", "debug", "networks", "batch"),
        *("scale-out", "python", "exit-codes"),
    ),
    "How it works": ("how-it-works", "flow", "cuts", "reading", "sound"),
    "How well": ("measurements", "tried"),
}
"""Headings of the navigation, and pages of docs/ below them; others follow under "More"."""

BESIDE = ("CHANGELOG.md", "tests/README.md", "assets/README.md", "assets/weights/MODEL_CARD.md")
"""Pages outside of docs/ that those inside of it link to."""

CONFIG = """\
[project]
site_name = "flowstyle"
site_description = "Paints a video in the style of a picture, without flicker."
docs_dir = "pages"
site_dir = "site"
use_directory_urls = false
nav = {nav}

[project.theme]
variant = "classic"
font = false

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"
"""


def title_of(page: Path) -> str:
    """The first heading of a page."""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            return line.removeprefix("# ").strip().replace("`", "")
    return page.stem


def navigation() -> list[tuple[str, list[str]]]:
    """Headings with their pages, as paths in the repository."""
    listed = {heading: [f"docs/{name}.md" for name in names] for heading, names in PARTS.items()}
    listed["How it works"].append("docs/reference/settings.md")
    known = {page for pages in listed.values() for page in pages}
    others = [
        str(page.relative_to(ROOT).as_posix()) for page in sorted((ROOT / "docs").rglob("*.md"))
    ]
    listed["More"] = [page for page in others if page not in known] + list(BESIDE)
    return [("", ["README.md"]), *listed.items()]


def nav_text() -> str:
    """The navigation in TOML."""
    entries = []
    for heading, pages in navigation():
        items = [f'{{ "{title_of(ROOT / page)}" = "{placed(page)}" }}' for page in pages]
        entries += [f'{{ "{heading}" = [{", ".join(items)}] }}'] if heading else items
    return f"[{', '.join(entries)}]"


def placed(page: str) -> str:
    """Where a page of the repository lies in the site: README.md is its first one."""
    return "index.md" if page == "README.md" else page


def gather(folder: Path) -> None:
    """Copy all pages and their pictures, in the places that they have in the repository."""
    for _, pages in navigation():
        for page in pages:
            place = folder / placed(page)
            place.parent.mkdir(parents=True, exist_ok=True)
            text = (ROOT / page).read_text(encoding="utf-8")
            place.write_text(text.replace("](../README.md", "](../index.md"), encoding="utf-8")
            _copy_linked(ROOT / page, text, folder)
    for name in ("docs", "gallery", "readme"):
        shutil.copytree(ROOT / "assets" / name, folder / "assets" / name)


def _copy_linked(page: Path, text: str, folder: Path) -> None:
    """Copy the files of the repository that a page links to, but for pages and pictures."""
    for target in re.findall(r"\]\(([^)\s#:]+)\)", text):
        linked = (page.parent / target).resolve()
        if linked.is_file() and linked.suffix != ".md" and "assets" not in linked.parts:
            place = folder / linked.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(linked, place)


def build(out: Path) -> None:
    """Build the site.

    Args:
        out: its folder; what is there is replaced.

    Raises:
        subprocess.CalledProcessError: zensical found a fault.
    """
    with tempfile.TemporaryDirectory(prefix="flowstyle-site-") as name:
        folder = Path(name)
        gather(folder / "pages")
        config = folder / "zensical.toml"
        config.write_text(CONFIG.replace("{nav}", nav_text()), encoding="utf-8")
        subprocess.run([sys.executable, "-m", "zensical", "build", "-f", str(config)], check=True)
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(folder / "site", out)


def main() -> int:
    """Build, or say what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("site"), help="folder of the site")
    out = parser.parse_args().out
    if find_spec("zensical") is None:
        print("zensical is missing: pip install zensical", file=sys.stderr)
        return 1
    build(out)
    print(f"{out / 'index.html'}: {len(list(out.rglob('*.html')))} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
