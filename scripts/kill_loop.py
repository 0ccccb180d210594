"""Kill a render at random times, resume it, kill it again, and compare the results.

    python scripts/kill_loop.py --kills 200

A small clip is rendered once in peace. Then renders of the same clip are ended by SIGKILL at random
times; each is resumed and killed until one comes to its end, then the next begins in a new folder.
After every kill the output is absent or complete; every finished render must have the bytes of
the first. The script ends with 1 if one differs or a command fails.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.faults import processes
from tests.faults.commands import Project


def digest(project: Project) -> str:
    """Hash of the output and of all stylised frames."""
    whole = hashlib.sha256(project.output.read_bytes())
    for name, sha256 in sorted(project.stylised().items()):
        whole.update(f"{name} {sha256}\n".encode())
    return whole.hexdigest()


def difference(project: Project, expected: Project) -> str:
    """Say in which frames two renders differ."""
    frames, other = project.stylised(), expected.stylised()
    names = [name for name in sorted(frames | other) if frames.get(name) != other.get(name)]
    return f"other frames: {', '.join(names)}" if names else "the same frames in another file"


def verified(project: Project) -> int:
    """Number of frames that the last command found whole."""
    _, found, rest = project.said.partition("resuming: ")
    return int(rest.split()[0]) if found else 0


def loop(folder: Path, kills: int, frames: int, seed: int, extra: list[str]) -> list[str]:
    """Kill so many times.

    Args:
        folder: for all renders.
        kills: number of kills.
        frames: length of the clip.
        seed: of the times.
        extra: further options of ``flowstyle run``.

    Returns:
        What went wrong.
    """
    generator = random.Random(seed)
    peaceful = Project(folder / "peaceful", frames=frames)
    peaceful.run(*extra)  # fills caches, so that the next one takes the usual time
    duration = float("inf")
    for _ in range(3):
        peaceful.output.unlink()
        began = time.monotonic()
        if peaceful.run("--restart", *extra) != 0:
            return [peaceful.said]
        duration = min(duration, time.monotonic() - began)
    expected = digest(peaceful)
    print(f"uninterrupted: {duration:.1f} s, digest {expected[:16]}", flush=True)

    wrong: list[str] = []
    done = finished = 0
    project = Project(folder / "0", frames=frames)
    lost = [0]
    while done < kills and not wrong:
        before = len(list(project.work.glob("*/*.png")))
        child = project.start(*extra)
        child.join(generator.uniform(0, duration))
        if child.exitcode is None:
            child.kill()
        status = processes.finish(child)
        if "resuming" in project.said:
            lost.append(before - verified(project))
        if status == -signal.SIGKILL:
            done += 1
            if project.output.exists() and digest(project) != expected:
                wrong.append(f"kill {done}: an incomplete output in {project.folder}")
        elif status != 0:
            wrong.append(f"status {status}: {project.said}")
        if project.output.exists():
            finished += 1
            if digest(project) != expected:
                wrong.append(f"kill {done}: {difference(project, peaceful)} in {project.folder}")
            project = Project(folder / str(finished), frames=frames)
        if done % 20 == 0 and status == -signal.SIGKILL:
            print(f"{done} kills, {finished} renders finished", flush=True)
    if not wrong:
        if project.run(*extra) != 0 or digest(project) != expected:
            wrong.append(f"the last render differs: {project.said}")
        print(
            f"{done} kills, {finished + 1} renders finished, all with the digest of the "
            f"uninterrupted one; frames on disk that were not yet noted: at most {max(lost)}"
        )
    return wrong


def main() -> None:
    """Read the arguments and run the loop."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    arguments, extra = parser.parse_known_args()
    folder = Path(tempfile.mkdtemp(prefix="kill_loop"))
    wrong = loop(folder, arguments.kills, arguments.frames, arguments.seed, extra)
    if not wrong:
        shutil.rmtree(folder)
    for text in wrong:
        print(text, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
