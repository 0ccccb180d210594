"""Resident memory of a render, frame by frame; for a test and ``scripts/memory_growth.py``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def resident_bytes() -> int:
    """What the process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def render_and_watch(clip: str, style: str, output: str, options: str) -> int:
    """Render and write the resident memory after each frame beside the output, as JSON."""
    from flowstyle.core.events import Event, Progress
    from flowstyle.pipeline import Output, stylize_video
    from flowstyle.settings import load_settings

    resident: list[int] = []

    def watch(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "stylise":
            resident.append(resident_bytes())
            if event.done % 100 == 0:
                sys.stderr.write(f"frame {event.done}: {resident[-1] / 1e6:.1f} MB\n")

    stylize_video(
        Path(clip),
        [Path(style)],
        load_settings(json.loads(options), preset="draft"),
        Output(Path(output), measure=False),
        report=watch,
    )
    Path(output).with_suffix(".json").write_text(json.dumps(resident))
    return 0
