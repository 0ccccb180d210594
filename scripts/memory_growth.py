"""Render a long clip and compare the resident memory at frame 100 with that at the end.

    python scripts/memory_growth.py --frames 1000

The clip is 64×64, the preset ``draft``. Ends with 1 if the memory grew by more than 10 %.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.faults.commands import Project
from tests.faults.growth import render_and_watch


def main() -> None:
    """Render and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=1000)
    frames = parser.parse_args().frames
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder) / "project", size=(64, 64), frames=frames)
        paths = str(project.clip), str(project.style), str(project.output)
        render_and_watch(*paths, json.dumps({"features": "compact"}))
        resident = json.loads(project.output.with_suffix(".json").read_text())
    early, late = resident[min(99, frames - 1)], resident[-1]
    print(
        f"frame 100: {early / 1e6:.1f} MB, frame {frames}: {late / 1e6:.1f} MB, "
        f"{100 * (late / early - 1):+.1f} %"
    )
    sys.exit(late > 1.1 * early)


if __name__ == "__main__":
    main()
