"""The documents as a site: built by one command, every link leads somewhere, nothing foreign."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from scripts.common.paths import ROOT

MISSING = pytest.mark.skipif(
    find_spec("zensical") is None, reason="the site needs zensical: pip install zensical"
)


class Page(HTMLParser):
    """What a page links to, loads, and the places in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.places.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if "src" in given or (tag == "link" and "stylesheet" in given.get("rel", "")):
            self.loaded.append(given.get("src") or given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "site"
    command = [sys.executable, str(ROOT / "scripts" / "docs" / "site.py"), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@MISSING
@pytest.mark.slow
def test_every_page_is_built_and_every_link_leads_somewhere(site: Path) -> None:
    pages = {path: Page(path) for path in site.rglob("*.html") if path.name != "404.html"}
    names = {path.relative_to(site).with_suffix("").as_posix() for path in pages}
    documents = {
        path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")
    }
    assert {"index", "CHANGELOG", *documents} <= names
    for path, page in pages.items():
        for target in page.links + page.loaded:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                assert target not in page.loaded, f"{path.name} loads {target}"
                continue
            place = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            place = place / "index.html" if place.is_dir() else place
            assert place.exists(), f"{path.name}: {target}"
            if parts.fragment and place in pages and not parts.fragment.startswith("__"):
                assert unquote(parts.fragment) in pages[place].places, f"{path.name}: {target}"


def test_the_navigation_has_every_page_once() -> None:
    spec = spec_from_file_location("flowstyle_site", ROOT / "scripts" / "docs" / "site.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    listed = [page for _, pages in module.navigation() for page in pages]
    assert len(listed) == len(set(listed))
    assert all((ROOT / page).is_file() for page in listed)
