"""Kill workers, their parent and Ray's daemons at random times, resume, and compare the results.

    python scripts/stress/kill_workers.py --kills 100
    python scripts/stress/kill_workers.py --kills 100 --executor ray --out kills-ray.json

A small clip of several shots is painted once in peace by one process. Then renders of it with
several workers are disturbed: at a random time a worker, the parent or, with Ray, the daemon that
starts the workers (its raylet) gets SIGKILL. A render is started again until it comes to its end.
Every result must have the bytes of the first, nothing may end with a traceback, and the workers'
logs must tell of each frame at most once more than there were kills. The script ends with 1
otherwise; the renders are then kept.
"""

from __future__ import annotations

import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import psutil

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.common.options import make_parser
from scripts.common.results import metadata, write_json
from scripts.stress import processes
from scripts.stress.kill_loop import difference, digest
from scripts.stress.project import Project

LENGTH = 4
"""Frames of a shot."""
NAMES = {
    "local": {"LokyProcess": "worker"},
    "ray": {
        "ray::frames": "worker",
        "ray::get_ready": "worker",
        "ray::IDLE": "worker",
        "raylet/raylet": "raylet",
    },
}
"""By executor: what the command lines hold of those that can be killed beside the parent."""


@dataclass
class Tally:
    """What has happened so far.

    Args:
        kills: by who was killed.
        finished: renders that came to their end.
        most: how often a frame was painted at most.
        seconds: that a render in peace takes.
        wrong: what must not be.
    """

    kills: dict[str, int] = field(default_factory=dict)
    finished: int = 0
    most: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Number of kills."""
        return sum(self.kills.values())

    def note(self, killed: str) -> None:
        """Count a kill."""
        self.kills[killed] = self.kills.get(killed, 0) + 1


def make_project(folder: Path, shots: int) -> tuple[Project, list[str]]:
    """A clip of several shots, and the options that tell where they begin."""
    project = Project(folder, frames=LENGTH * shots)
    listed = folder / "shots.csv"
    listed.write_text("".join(f"{LENGTH * shot}\n" for shot in range(shots)))
    return project, ["--shots", str(listed)]


def victims(parent: ForkServerProcess, names: dict[str, str]) -> list[tuple[str, psutil.Process]]:
    """The processes of a render that can be killed, each with its part."""
    found = [("parent", psutil.Process(parent.pid))]
    for child in found[0][1].children(recursive=True):
        try:
            line = " ".join(child.cmdline())
        except psutil.Error:
            continue  # it has ended
        found += [(part, child) for name, part in names.items() if name in line]
    return found


def painted(project: Project) -> Counter[int]:
    """How often the workers' logs tell of each frame as committed."""
    logs = "".join(path.read_text() for path in project.work.glob("logs/*.log"))
    return Counter(map(int, re.findall(r" frame (\d+): ", logs)))


def disturb(
    project: Project, options: list[str], generator: random.Random, longest: float, executor: str
) -> tuple[int, str]:
    """Run a render once, and kill one of its processes at a random time.

    Returns:
        The exit status of the parent, and who was killed; "" where it came to its end before.
    """
    parent = project.start(*options)
    parent.join(generator.uniform(0, longest))
    killed = ""
    if parent.exitcode is None:
        try:
            found = victims(parent, NAMES[executor])
            part = generator.choice(sorted({part for part, _ in found}))
            generator.choice([one for name, one in found if name == part]).kill()
            killed = part
        except psutil.Error:  # it has ended at this moment
            pass
    return processes.finish(parent), killed


def finish(project: Project, options: list[str], tally: Tally, kills: int, **how: object) -> int:
    """Disturb a render until it comes to its end, or there were kills enough.

    Returns:
        How many processes of it were killed.
    """
    disturbed = 0
    while not project.output.exists() and not tally.wrong:
        if tally.done < kills:
            status, killed = disturb(project, options, **how)  # type: ignore[arg-type]
        else:
            status, killed = project.run(*options), ""
        if killed:
            tally.note(killed)
            disturbed += 1
        allowed = {"parent": -signal.SIGKILL, "raylet": 1}.get(killed, 0)
        if status not in (0, allowed) or "Traceback" in project.said:
            tally.wrong.append(f"{killed or 'nobody'} was killed, status {status}: {project.said}")
    return disturbed


def kill_workers(
    folder: Path,
    kills: int,
    workers: int,
    shots: int,
    seed: int,
    executor: str,
    note: Callable[[Tally], None],
) -> Tally:
    """Kill so many times.

    Args:
        folder: for all renders.
        kills: number of processes that are killed.
        workers: number of processes that paint.
        shots: of the clip.
        seed: of times and victims.
        executor: name of what has the shots painted.
        note: told the figures after each render.
    """
    tally = Tally()
    peaceful, where = make_project(folder / "peaceful", shots)
    if peaceful.run(*where) != 0:
        tally.wrong.append(peaceful.said)
        return tally
    shared = ["--executor", executor, "--workers", str(workers)]
    for _ in range(2):  # the first fills caches
        timed, where = make_project(folder / "timed", shots)
        began = time.monotonic()
        timed.output.unlink(missing_ok=True)
        if timed.run(*where, *shared, "--restart") != 0 or digest(timed) != digest(peaceful):
            tally.wrong.append(timed.said)
        tally.seconds = time.monotonic() - began
    generator = random.Random(seed)
    while tally.done < kills and not tally.wrong:
        project, where = make_project(folder / str(tally.finished), shots)
        how = {"generator": generator, "longest": 1.1 * tally.seconds, "executor": executor}
        disturbed = finish(project, [*where, *shared], tally, kills, **how)
        if not tally.wrong and digest(project) != digest(peaceful):
            tally.wrong.append(f"{difference(project, peaceful)} in {project.folder}")
        tally.finished += 1
        tally.most = max(tally.most, *painted(project).values(), 0)
        if max(painted(project).values(), default=0) > 1 + disturbed:
            tally.wrong.append(f"a frame was painted too often: {project.folder}")
        said = ", ".join(f"{count} × {part}" for part, count in sorted(tally.kills.items()))
        print(f"killed: {said or 'nobody'}; {tally.finished} renders finished", flush=True)
        note(tally)
    return tally


def main() -> None:
    """Read the arguments and run the loop."""
    parser = make_parser(__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--executor", choices=list(NAMES), default="local")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shots", type=int, default=4, help="of the clip, four frames each")
    parser.add_argument("--seed", type=int, default=0, help="of times and victims")
    parser.add_argument("--out", type=Path, help="a file for the figures")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kill_workers"))
    meta = metadata(executor=options.executor, workers=options.workers)

    def note(tally: Tally) -> None:
        if options.out is not None:
            write_json(options.out, {"meta": meta, "results": asdict(tally)})

    tally = kill_workers(
        folder, options.kills, options.workers, options.shots, options.seed, options.executor, note
    )
    note(tally)
    if not tally.wrong:
        shutil.rmtree(folder)
    for text in tally.wrong:
        print(text, file=sys.stderr)
    sys.exit(1 if tally.wrong else 0)


if __name__ == "__main__":
    main()
