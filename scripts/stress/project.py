"""The ``flowstyle`` command in a child process that can be killed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import numpy as np
from PIL import Image

from scripts.common.clip_writer import write_clip
from scripts.stress import processes

FRAMES = 5
FAST = (
    *("--preset", "draft", "--iterations", "1", "--first-iterations", "1"),
    *("--features", "compact", "--no-measure", "--no-report"),
)


def _command(
    arguments: list[str], environment: dict[str, str], prepare: Callable[[], None] | None
) -> int:
    os.environ.update(environment)
    from flowstyle.cli.main import main
    from flowstyle.core import failpoints

    failpoints.configure()
    if prepare is not None:
        prepare()
    sys.argv = ["flowstyle", *arguments]
    main()
    return 0


@dataclass
class Project:
    """A folder with a clip, a style and an output to come."""

    folder: Path
    size: tuple[int, int] = (48, 32)
    frames: int = FRAMES
    logs: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the clip and the style."""
        self.folder.mkdir(exist_ok=True)
        self.clip = write_clip(self.folder / "clip.mp4", size=self.size, count=self.frames)
        self.style = self.folder / "style.png"
        noise = np.random.default_rng(3).integers(0, 255, (40, 40, 3), np.uint8)
        Image.fromarray(noise).save(self.style)
        self.output = self.folder / "out.mp4"
        self.work = self.folder / "out.mp4.flowstyle"

    def start(
        self,
        *more: str,
        points: str = "",
        prepare: Callable[[], None] | None = None,
        **environment: str,
    ) -> ForkServerProcess:
        """Start ``flowstyle run`` with these options on top, failpoints armed."""
        arguments = ["run", str(self.clip), str(self.style), "-o", str(self.output), *FAST, *more]
        return self.start_other(*arguments, points=points, prepare=prepare, **environment)

    def start_other(
        self,
        *arguments: str,
        points: str = "",
        prepare: Callable[[], None] | None = None,
        **environment: str,
    ) -> ForkServerProcess:
        """Start any ``flowstyle`` command."""
        log = self.folder / f"log{len(self.logs)}"
        self.logs.append(log)
        environment = {"FLOWSTYLE_OFFLINE": "1", **environment, "FLOWSTYLE_FAILPOINTS": points}
        return processes.start(_command, list(arguments), environment, prepare, log=log)

    def run(
        self,
        *more: str,
        points: str = "",
        prepare: Callable[[], None] | None = None,
        **environment: str,
    ) -> int:
        """Run to the end; return the exit status. A traceback is a failure whatever the status."""
        status = processes.finish(self.start(*more, points=points, prepare=prepare, **environment))
        assert "Traceback" not in self.said, self.said
        return status

    @property
    def said(self) -> str:
        """What the last command printed."""
        log = self.logs[-1]
        return log.read_text(errors="replace") if log.exists() else ""

    def stylised(self) -> dict[str, str]:
        """Hash of every stylised frame by its name, from the journal."""
        lines = (self.work / "journal.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        return {
            record["name"]: record["sha256"]
            for record in records
            if record.get("name", "").startswith("stylised/")
        }
