"""Kill a render at random times, resume it, kill it again, and compare the results.

    python scripts/stress/kill_loop.py --kills 200
    python scripts/stress/kill_loop.py --kills 50 --sweeps 2     # further options of flowstyle run

A small clip is rendered once in peace. Then renders of the same clip are ended by SIGKILL at random
times; each is resumed and killed until one comes to its end, then the next begins in a new folder.
After every kill the output is absent or complete; every finished render must have the bytes of
the first. The script ends with 1 if one differs or a command fails; the renders are then kept.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.common.options import make_parser
from scripts.stress import processes
from scripts.stress.project import Project


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


def render_in_peace(project: Project, extra: list[str]) -> float:
    """Render without kills; the seconds that a warm run takes, the least of three.

    Raises:
        SystemExit: a run failed.
    """
    project.run(*extra)  # fills caches, so that the next one takes the usual time
    seconds = []
    for _ in range(3):
        project.output.unlink(missing_ok=True)
        began = time.monotonic()
        if project.run("--restart", *extra) != 0:
            raise SystemExit(project.said)
        seconds.append(time.monotonic() - began)
    return min(seconds)


@dataclass
class Loop:
    """Renders that are killed, in folders 0, 1, … of ``folder``."""

    folder: Path
    frames: int
    extra: list[str]
    peaceful: Project
    kills: int = 0
    finished: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: int = 0
    """Most frames that lay on the disk after a kill and were not yet in the journal."""

    def __post_init__(self) -> None:
        """Begin the first render."""
        self.expected = digest(self.peaceful)
        self.project = Project(self.folder / "0", frames=self.frames)

    def run_and_kill(self, after: float) -> None:
        """Run the present render, kill it after so many seconds, and check what is there."""
        project = self.project
        on_disk = len(list(project.work.glob("*/*.png")))
        child = project.start(*self.extra)
        child.join(after)
        if child.exitcode is None:
            child.kill()
        status = processes.finish(child)
        if "resuming" in project.said:
            self.lost = max(self.lost, on_disk - verified(project))
        if status == -signal.SIGKILL:
            self.kills += 1
        elif status != 0:
            self.wrong.append(f"status {status}: {project.said}")
        if project.output.exists():
            self.finished += 1
            self._compare(f"kill {self.kills}")
            self.project = Project(self.folder / str(self.finished), frames=self.frames)

    def finish(self) -> None:
        """Let the present render come to its end."""
        if self.project.run(*self.extra) != 0:
            self.wrong.append(f"the last render failed: {self.project.said}")
            return
        self.finished += 1
        self._compare("the last render")

    def _compare(self, what: str) -> None:
        if digest(self.project) != self.expected:
            how = difference(self.project, self.peaceful)
            self.wrong.append(f"{what}: {how} in {self.project.folder}")


def kill_renders(folder: Path, kills: int, frames: int, seed: int, extra: list[str]) -> list[str]:
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
    duration = render_in_peace(peaceful, extra)
    loop = Loop(folder, frames, extra, peaceful)
    print(f"uninterrupted: {duration:.1f} s, digest {loop.expected[:16]}", flush=True)
    while loop.kills < kills and not loop.wrong:
        before = loop.kills
        loop.run_and_kill(generator.uniform(0, duration))
        if loop.kills > before and loop.kills % 20 == 0:
            print(f"{loop.kills} kills, {loop.finished} renders finished", flush=True)
    if not loop.wrong:
        loop.finish()
    if not loop.wrong:
        print(
            f"{loop.kills} kills, {loop.finished} renders finished, all with the digest of the "
            f"uninterrupted one; frames on disk that were not yet noted: at most {loop.lost}"
        )
    return loop.wrong


def main() -> None:
    """Read the arguments and run the loop."""
    parser = make_parser(__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--frames", type=int, default=8, help="length of the clip")
    parser.add_argument("--seed", type=int, default=0, help="of the times")
    options, extra = parser.parse_known_args()
    folder = Path(tempfile.mkdtemp(prefix="kill_loop"))
    wrong = kill_renders(folder, options.kills, options.frames, options.seed, extra)
    if not wrong:
        shutil.rmtree(folder)
    for text in wrong:
        print(text, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
