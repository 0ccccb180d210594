"""The studio in a real Chromium, from dropping a clip to the downloaded result."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest

from scripts.common.motion import motion_clip
from tests.helpers.browser import PHONE, WIDE, chromium
from tests.helpers.media import picture, write_clip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("nicegui", reason="no NiceGUI here: pip install 'flowstyle[studio]'")

FRAMES = 24
QUICK = ("--preset", "draft", "--width", "64", "--frames", str(FRAMES))


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def alone() -> dict[str, str]:
    """The environment of a program of its own; with another number of threads bytes may differ."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "NICEGUI"))}
    return environ | {"OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny clip and a picture, and a picture that lies outside it."""
    folder = tmp_path_factory.mktemp("media") / "open"
    folder.mkdir()
    write_clip(folder / "clip.mp4", pictures=list(motion_clip(64, 48, FRAMES + 1, pan=True).frames))
    cv2.imwrite(str(folder / "dots.png"), picture(0, (48, 40), seed=7))
    cv2.imwrite(str(folder.parent / "outside.png"), picture(1, (48, 40), seed=8))
    return folder


@pytest.fixture(scope="module")
def address(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A studio that is served by the command, in a process of its own."""
    port, home = free_port(), tmp_path_factory.mktemp("home")
    environ = alone() | {"FLOWSTYLE_CACHE": str(home)}
    words = ["studio", "--folder", str(media), "--port", str(port), "--quiet"]
    command = [sys.executable, "-m", "flowstyle", *words]
    log, found = home / "log", f"http://127.0.0.1:{port}"
    with log.open("w") as file:
        served = subprocess.Popen(command, env=environ, stderr=file)
    try:
        _wait_for(found, served, log)
        yield found
    finally:
        served.terminate()
        served.wait(60)
    assert log.read_text() == ""


def _wait_for(address: str, served: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and served.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text() or "not in time")


@contextmanager
def visited(browser: Browser, address: str) -> Iterator[Page]:
    """The page in a browser that was never here; nothing may be loaded from elsewhere."""
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    complaints: list[str] = []
    page = context.new_page()
    near = (address, address.replace("http:", "ws:"), "data:", "blob:")
    page.on("request", lambda one: one.url.startswith(near) or complaints.append(one.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        page.goto(address)
        yield page
    finally:
        context.close()
    assert not complaints, complaints


def choose(page: Page, label: str, text: str) -> None:
    """Type into a field that offers files, and take what was typed."""
    field = page.get_by_role("combobox", name=label)
    field.fill(text)
    field.press("Enter")
    field.press("Tab")


def serious_faults(page: Page) -> list[str]:
    """What would keep somebody from using the page."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="pip install 'flowstyle[dev]'"
    )
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.slow
def test_drop_cancel_reload_go_on_download(address: str, media: Path, tmp_path: Path) -> None:
    with chromium() as browser, visited(browser, address) as page:
        page.locator("input[type=file]").set_input_files([media / "clip.mp4", media / "dots.png"])
        page.get_by_text("dots.png (uploaded)").first.wait_for()
        page.get_by_label("width", exact=True).fill("64")
        page.get_by_label("frames", exact=True).fill(str(FRAMES))
        page.get_by_role("combobox", name="preset").click()
        page.get_by_role("option", name="draft").click()
        page.get_by_role("button", name="Render").click()
        page.get_by_alt_text("the frame just painted").wait_for()
        page.get_by_role("button", name="Render").click()
        page.get_by_text("this waits or runs already").wait_for()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_text("cancelled: what is painted stays").wait_for()
        page.reload()
        page.get_by_role("button", name="Go on").click()
        page.get_by_text(f"done: {FRAMES} frames").wait_for(timeout=200_000)
        page.get_by_text(re.compile(r"done: .* \(stability \w+, flicker \w+, ")).wait_for()
        page.get_by_text("Command and decisions").click()
        page.get_by_text("resuming: ").wait_for()
        link = page.get_by_role("link", name="Download")
        with page.expect_download() as download:
            link.click()
        download.value.save_as(tmp_path / "from_page.mp4")
        with page.expect_popup() as opened:
            page.get_by_role("link", name="Report").click()
        opened.value.locator("#scrubber").wait_for()
        path = link.get_attribute("href") or ""
        assert page.request.get(address + path).status == 200
        report = address + path.replace("result", "report")
        assert page.request.get(report + "/..%2F..%2Fsecret").status == 404
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.wait_for_timeout(1500)  # until the colours have changed
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
            assert serious_faults(page) == []
        with visited(browser, address) as stranger:
            assert stranger.request.get(address + path).status == 404
            assert stranger.request.get(report + "/index.html").status == 404
            stranger.get_by_text("none yet").wait_for()

    out = tmp_path / "typed.mp4"
    words = [str(media / "clip.mp4"), str(media / "dots.png"), *QUICK, "-o", str(out)]
    command = [sys.executable, "-m", "flowstyle", "run", *words, "--no-report", "--no-defaults"]
    subprocess.run([*command, "--quiet"], env=alone(), check=True)
    assert out.read_bytes() == (tmp_path / "from_page.mp4").read_bytes()


def test_a_path_outside_and_a_wrong_value_are_refused(address: str, media: Path) -> None:
    with chromium() as browser, visited(browser, address) as page:
        page.get_by_text("A whole number, 16 to 16384 (pixels).").wait_for()
        choose(page, "Clip", "clip.mp4")
        choose(page, "Pictures", str(media.parent / "outside.png"))
        page.get_by_role("button", name="Render").click()
        page.get_by_text("there is no such file in the opened folders").wait_for()
        page.reload()
        choose(page, "Clip", str(media / "clip.mp4"))
        page.get_by_role("combobox", name="Pictures").press("Backspace")  # it is still chosen
        choose(page, "Pictures", "dots.png")
        page.get_by_label("stability", exact=True).fill("7")
        page.get_by_role("button", name="Render").click()
        page.get_by_text("a number, 0 to 1").nth(1).wait_for()
        page.get_by_text("none yet").wait_for()


def test_a_reload_brings_back_what_was_chosen(address: str, media: Path) -> None:
    with chromium() as browser, visited(browser, address) as page:
        page.locator("input[type=file]").set_input_files([media / "clip.mp4", media / "dots.png"])
        page.get_by_text("dots.png (uploaded)").first.wait_for()
        choose(page, "Pictures", "typed.png")
        page.get_by_label("width", exact=True).fill("64")
        page.get_by_role("combobox", name="preset").click()
        page.get_by_role("option", name="draft").click()
        page.get_by_role("combobox", name="original-colors").click()
        page.get_by_role("option", name="yes", exact=True).click()
        page.wait_for_timeout(500)
        page.reload()
        page.get_by_text("typed.png").wait_for()
        page.get_by_text("dots.png (uploaded)").wait_for()
        chosen = {
            name: page.get_by_role("combobox", name=name).input_value()
            for name in ("Clip", "preset", "original-colors")
        }
        assert chosen == {
            "Clip": "clip.mp4 (uploaded)",
            "preset": "draft",
            "original-colors": "yes",
        }
        assert page.get_by_label("width", exact=True).input_value() == "64"
        with visited(browser, address) as stranger:
            stranger.get_by_text("none yet").wait_for()
            assert stranger.get_by_label("width", exact=True).input_value() == ""
            assert stranger.get_by_role("combobox", name="Clip").input_value() == ""
            assert not stranger.get_by_text("typed.png").count()


@pytest.mark.slow
def test_a_network_is_chosen_beside_the_pictures(address: str, media: Path) -> None:
    with chromium() as browser, visited(browser, address) as page:
        choose(page, "Clip", "clip.mp4")
        field = page.get_by_role("combobox", name="Pictures")
        field.click()
        page.get_by_role("option", name="waves (trained network)").click()
        page.keyboard.press("Escape")
        page.get_by_label("width", exact=True).fill("64")
        page.get_by_label("frames", exact=True).fill("2")
        page.get_by_role("button", name="Render").click()
        page.get_by_text("done: 2 frames").wait_for(timeout=120_000)
        page.get_by_text("Command and decisions").click()
        page.get_by_text("waves.safetensors --width 64").wait_for()
