"""A real Chromium for tests of pages; where there is none, those tests are skipped."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
WIDE, PHONE = (1280, 800), (390, 844)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window; skips the test where it or Playwright is missing."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="no Playwright here: pip install 'flowstyle[dev]'"
    )
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, page: Path, size: tuple[int, int] = WIDE, scheme: str = "light"
) -> Iterator[Page]:
    """A page from its file; whatever the browser complains about fails the test."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=size == PHONE,
    )
    complaints: list[str] = []
    tab = context.new_page()
    tab.on("console", lambda one: complaints.append(one.text) if one.type != "log" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    # A page that loads anything from elsewhere would not work away from a network.
    tab.on("request", lambda one: None if _is_near(one.url) else complaints.append(one.url))
    try:
        tab.goto(page.as_uri())
        yield tab
    finally:
        context.close()
    assert not complaints, complaints


def _is_near(url: str) -> bool:
    return url.startswith(("file:", "data:", "blob:"))


def pixels(locator: Locator) -> NDArray[np.uint8]:
    """What is shown in a part of a page, H×W×3."""
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB"))
