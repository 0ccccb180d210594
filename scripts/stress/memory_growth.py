"""Render a long clip and compare memory and speed of its second hundred frames with the last's.

    python scripts/stress/memory_growth.py --frames 1000

The clip is 64×64, the preset ``draft``. Ends with 1 if the resident memory grew by more than 10 %
from frame 100 to the end. The seconds of a frame are medians; they are told alone, since other
work on the machine moves them.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

from scripts.common.options import make_parser
from scripts.stress.project import Project

ALLOWED = 1.1
"""Factor by which the memory may grow."""


def resident_bytes() -> int:
    """What the process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def render_and_watch(clip: str, style: str, output: str, options: str) -> int:
    """Render, and note the resident memory and the time after each frame.

    Args:
        clip: path.
        style: path.
        output: path; a list of bytes and one of seconds go beside it, as JSON.
        options: settings on top of the preset ``draft``, as JSON.

    Returns:
        0, the exit status where this is all that a child process does.
    """
    from flowstyle.core.events import Event, Progress, Stage
    from flowstyle.pipeline import stylize_video
    from flowstyle.render.result import Output
    from flowstyle.settings import load_settings

    resident: list[int] = []
    seconds: list[float] = []

    def watch(event: Event) -> None:
        if isinstance(event, Progress) and event.stage is Stage.STYLISE:
            resident.append(resident_bytes())
            seconds.append(time.monotonic())
            if event.done % 100 == 0:
                sys.stderr.write(f"frame {event.done}: {resident[-1] / 1e6:.1f} MB\n")

    stylize_video(
        Path(clip),
        [Path(style)],
        load_settings(json.loads(options), preset="draft"),
        Output(Path(output), measure=False),
        report=watch,
    )
    figures = {"resident": resident, "seconds": seconds}
    Path(output).with_suffix(".json").write_text(json.dumps(figures))
    return 0


def main() -> None:
    """Render and compare."""
    parser = make_parser(__doc__)
    parser.add_argument("--frames", type=int, default=1000, help="length of the clip")
    frames = parser.parse_args().frames
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder) / "project", size=(64, 64), frames=frames)
        paths = str(project.clip), str(project.style), str(project.output)
        render_and_watch(*paths, json.dumps({"features": "compact"}))
        figures = json.loads(project.output.with_suffix(".json").read_text())
    resident = figures["resident"]
    taken = [after - before for before, after in pairwise(figures["seconds"])]
    first = min(100, frames)
    early, late = resident[first - 1], resident[-1]
    if frames >= 300:
        soon, last = median(taken[100:200]), median(taken[-100:])
        print(f"a frame: {soon:.3f} s in the second hundred, {last:.3f} s in the last")
    print(
        f"frame {first}: {early / 1e6:.1f} MB, frame {frames}: {late / 1e6:.1f} MB, "
        f"{100 * (late / early - 1):+.1f} %"
    )
    sys.exit(late > ALLOWED * early)


if __name__ == "__main__":
    main()
