"""Tables of the documents: generated ones are as their scripts write them, measured ones dated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flowstyle.render.fingerprint import METHOD
from scripts.common.results import STAMP, described, metadata
from scripts.docs.stale import PAGES, all_measured, generated, measured, stale_pages

STATED = f"date: 2026-11-26; flowstyle: 0.1.0; method: {METHOD}; machine: a loom; cores: 2"


@pytest.mark.parametrize("name", ["docs/gallery.md", "docs/sound.md"])
def test_generated_pages_are_what_their_scripts_write(name: str) -> None:
    # The settings, the fault matrix and what is read have tests of their own.
    assert list(stale_pages({name: generated()[name]})) == []


def test_a_page_that_was_changed_by_hand_is_named_with_its_command(tmp_path: Path) -> None:
    pages = {"page.md": ("scripts/make.py --write", lambda text: text == "as written\n")}
    (tmp_path / "page.md").write_text("as written\n")
    assert list(stale_pages(pages, tmp_path)) == []
    (tmp_path / "page.md").write_text("as written, and more\n")
    assert list(stale_pages(pages, tmp_path)) == [
        "page.md is stale: python scripts/make.py --write"
    ]
    (tmp_path / "page.md").unlink()
    assert len(list(stale_pages(pages, tmp_path))) == 1


def test_a_table_of_an_earlier_method_is_told_from_a_new_one() -> None:
    old = STATED.replace(f"method: {METHOD}", f"method: {METHOD - 1}")
    bare = STATED.replace(f" method: {METHOD};", "")
    text = f"# Page\n\n## New\n\n{STATED}\n\n## Old\n\n{old}\n\n## Bare\n\n{bare}\n"
    found = list(measured(text, "page.md"))
    assert [(one.heading, one.method, one.current) for one in found] == [
        ("New", METHOD, True),
        ("Old", METHOD - 1, False),
        ("Bare", None, False),
    ]
    assert (found[0].date, found[0].machine) == ("2026-11-26", "a loom")
    assert f"METHOD {METHOD - 1}, the code is at {METHOD}" in str(found[1])
    assert "does not say with which METHOD" in str(found[2])


def test_every_measured_table_says_when_where_and_with_which_method() -> None:
    assert len(all_measured()) > 8
    assert [str(one) for one in all_measured() if one.method is None or not one.machine] == []


def test_every_section_of_figures_says_when_it_was_measured() -> None:
    for page in PAGES:
        for section in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE):
            figures = "\n| " in section and "scripts/benchmarks/" in section
            assert not figures or STAMP.search(section), f"{page.name}: {section[:40]}"


def test_what_is_measured_from_now_on_says_its_method() -> None:
    line = described(metadata())
    assert STAMP.search(line)
    assert next(measured(line, "page.md")).current
