"""Kill workers and their parent at random times, resume, and compare the results.

    python scripts/stress/kill_workers.py --kills 50
    python scripts/stress/kill_workers.py --kills 50 --workers 3

A small clip of several shots is painted once in peace by one process. Then renders of it with
several workers are disturbed: at a random time a worker or, as often, the parent gets SIGKILL. A
parent is started again until the render comes to its end. Every result must have the bytes of the
first, and the workers' logs must tell of each frame at most twice for a kill. The script ends with
1 otherwise; the renders are then kept.
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
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import psutil

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.common.options import make_parser
from scripts.stress import processes
from scripts.stress.kill_loop import difference, digest
from scripts.stress.project import Project

LENGTH = 4
"""Frames of a shot."""


def make_project(folder: Path, shots: int) -> tuple[Project, list[str]]:
    """A clip of several shots, and the options that tell where they begin."""
    project = Project(folder, frames=LENGTH * shots)
    listed = folder / "shots.csv"
    listed.write_text("".join(f"{LENGTH * shot}\n" for shot in range(shots)))
    return project, ["--shots", str(listed)]


def workers_of(parent: ForkServerProcess) -> list[psutil.Process]:
    """The processes that paint for a render."""
    try:
        children = psutil.Process(parent.pid).children(recursive=True)
        return [one for one in children if "LokyProcess" in str(one.cmdline())]
    except psutil.Error:
        return []


def painted(project: Project) -> Counter[int]:
    """How often the workers' logs tell of each frame as committed."""
    logs = "".join(path.read_text() for path in project.work.glob("logs/*.log"))
    return Counter(map(int, re.findall(r" frame (\d+): ", logs)))


def disturb(project: Project, options: list[str], generator: random.Random, longest: float) -> int:
    """Run a render once, and kill one of its processes at a random time.

    Returns:
        The exit status of the parent.
    """
    parent = project.start(*options)
    parent.join(generator.uniform(0, longest))
    workers = workers_of(parent)
    if parent.exitcode is None:
        if workers and generator.random() < 0.5:
            generator.choice(workers).send_signal(signal.SIGKILL)
        else:
            parent.kill()
    return processes.finish(parent)


def kill_workers(folder: Path, kills: int, workers: int, shots: int, seed: int) -> list[str]:
    """Kill so many times.

    Args:
        folder: for all renders.
        kills: number of runs in which something is killed.
        workers: number of processes that paint.
        shots: of the clip.
        seed: of times and victims.

    Returns:
        What went wrong.
    """
    generator = random.Random(seed)
    peaceful, where = make_project(folder / "peaceful", shots)
    if peaceful.run(*where) != 0:
        return [peaceful.said]
    expected, wrong, done, finished = digest(peaceful), list[str](), 0, 0
    while done < kills and not wrong:
        project, where = make_project(folder / str(finished), shots)
        options = [*where, "--workers", str(workers)]
        before = time.monotonic()
        disturbed = 0
        while not project.output.exists() and not wrong:
            longest = 12.0 if disturbed else 20.0
            if done < kills:
                status = disturb(project, options, generator, longest)
                disturbed, done = disturbed + 1, done + 1
            else:
                status = project.run(*options)
            if status not in (0, -signal.SIGKILL):
                wrong.append(f"status {status}: {project.said}")
        finished += 1
        if not wrong and digest(project) != expected:
            wrong.append(f"{difference(project, peaceful)} in {project.folder}")
        most = max(painted(project).values(), default=0)
        if most > 1 + disturbed:
            wrong.append(
                f"a frame was painted {most} times for {disturbed} kills: {project.folder}"
            )
        print(
            f"{done} kills, {finished} renders finished, a frame painted at most {most} times, "
            f"{time.monotonic() - before:.0f} s",
            flush=True,
        )
    return wrong


def main() -> None:
    """Read the arguments and run the loop."""
    parser = make_parser(__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shots", type=int, default=4, help="of the clip, four frames each")
    parser.add_argument("--seed", type=int, default=0, help="of times and victims")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kill_workers"))
    wrong = kill_workers(folder, options.kills, options.workers, options.shots, options.seed)
    if not wrong:
        shutil.rmtree(folder)
    for text in wrong:
        print(text, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
