"""Makes the picture of docs/report.md: the report of the demo clip, as a browser shows it.

python scripts/docs/report_picture.py            # a minute or two; to assets/docs

Needs Chromium (``apt-get install chromium``) and Playwright (``pip install 'flowstyle[dev]'``).
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from scripts.docs.debug_pictures import CLIP, LARGEST, flowstyle  # noqa: E402

SHOWN = 18
"""The frame that the players show."""
WIDE = (1280, 800)
DOWN = 1290
"""Pixels of the page that are shown, from its top on: to the end of the first charts."""
ACROSS = 1040
"""Width of the picture."""


def page(folder: Path) -> Path:
    """The report of the demo clip, painted by the usual settings."""
    out = folder / "painted.mp4"
    style = ROOT / "assets" / "demo" / "night.jpg"
    flowstyle("run", CLIP, style, "-o", out, "--width", 320, "--features", "compact")
    return folder / "painted.mp4.report" / "index.html"


def photographed(report: Path) -> Image.Image:
    """The upper part of a report at one of its frames."""
    from playwright.sync_api import sync_playwright  # for this script alone

    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDE[0], "height": WIDE[1]})
        tab.goto(report.as_uri())
        tab.locator("#stage[data-drawn='0']").wait_for()
        for _ in range(SHOWN):
            tab.keyboard.press("ArrowRight")
        tab.locator(f"#stage[data-drawn='{SHOWN}']").wait_for()
        for name in ("warp-error", "long-warp-error"):
            tab.locator(f"#chart-{name}").scroll_into_view_if_needed()
            tab.locator(f"#chart-{name}[data-drawn]").wait_for()
        tab.evaluate("scrollTo(0, 0)")
        # Without the folder in which it was painted, which is gone by now.
        tab.evaluate(f"inside.textContent = 'flowstyle debug painted.mp4 --frame {SHOWN}'")
        part = {"x": 0, "y": 0, "width": WIDE[0], "height": DOWN}
        shot = tab.screenshot(full_page=True, clip=part)
        browser.close()
    whole = Image.open(io.BytesIO(shot)).convert("RGB")
    return whole.resize((ACROSS, round(ACROSS * DOWN / WIDE[0])), Image.Resampling.LANCZOS)


def encoded(picture: Image.Image) -> bytes:
    """A picture as WebP of at most :data:`LARGEST` bytes."""
    for quality in range(86, 40, -4):
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= LARGEST:
            return file.getvalue()
    raise SystemExit(f"the picture does not fit into {LARGEST} bytes")


def main() -> None:
    """Paint, look, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "docs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = encoded(photographed(page(Path(folder))))
    (options.out / "report.webp").write_bytes(data)
    print(f"report.webp, {len(data)} bytes, in {options.out}")


if __name__ == "__main__":
    main()
