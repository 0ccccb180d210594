"""Fuzz everything that reads a stranger's bytes, for as long as one likes.

    python scripts/stress/fuzz.py style --seconds 60
    python scripts/stress/fuzz.py all

With atheris installed (pip install atheris) the bytes are chosen by coverage, without it valid
files are changed at random. Either way only flowstyle's own errors may escape, with all three
parts; the first other one ends the script, and the bytes that caused it are kept in
``crash-TARGET.bin``.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.common.options import make_parser
from scripts.stress.targets import TARGETS, Target


def damage(data: bytes, generator: random.Random) -> bytes:
    """Change, cut, repeat or lengthen a valid file."""
    changed = bytearray(data)
    for _ in range(generator.randrange(12)):
        place = generator.randrange(len(changed) + 1)
        action = generator.randrange(4)
        if action == 0 and place < len(changed):
            changed[place] = generator.randrange(256)
        elif action == 1 and place < len(changed):
            changed[place] ^= 1 << generator.randrange(8)
        elif action == 2:
            end = min(len(changed), place + generator.randrange(1, 16))
            changed[place:place] = changed[place:end]
        elif place < len(changed):
            del changed[place : place + generator.randrange(1, 16)]
    if generator.random() < 0.2:
        del changed[generator.randrange(len(changed) + 1) :]
    return bytes(changed)


def run_once(target: Target, folder: Path, data: bytes) -> None:
    """Try one input; keep it if something unexpected escapes."""
    try:
        target(folder, data)
    except BaseException:
        kept = Path(f"crash-{target.__name__}.bin")
        kept.write_bytes(data)
        print(f"the input that did it is in {kept}", file=sys.stderr)
        raise


def fuzz_at_random(name: str, seconds: float, seed: int) -> int:
    """Damage valid files until the time is over; return the number of inputs."""
    target, seeds = TARGETS[name]
    generator = random.Random(f"{seed}-{name}")
    end, count = time.monotonic() + seconds, 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            run_once(target, Path(folder), damage(generator.choice(seeds), generator))
            count += 1
    return count


def fuzz_by_coverage(name: str, seconds: float) -> None:
    """Hand the target to atheris, which ends the process itself."""
    import atheris

    target, seeds = TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, data in enumerate(seeds):
            (corpus / str(number)).write_bytes(data)
        atheris.instrument_all()
        arguments = [sys.argv[0], f"-max_total_time={seconds:.0f}", str(corpus)]
        atheris.Setup(arguments, lambda data: run_once(target, Path(folder), bytes(data)))
        atheris.Fuzz()


def main() -> None:
    """Read the arguments and fuzz."""
    parser = make_parser(__doc__)
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--seconds", type=float, default=30, help="for each target")
    parser.add_argument("--seed", type=int, default=0, help="of the changes, without atheris")
    options = parser.parse_args()
    try:
        import atheris  # noqa: F401
    except ImportError:
        names = list(TARGETS) if options.target == "all" else [options.target]
        for name in names:
            count = fuzz_at_random(name, options.seconds, options.seed)
            print(f"{name}: {count} inputs, only explained errors")
        return
    if options.target == "all":
        parser.error("with atheris, name one target: it ends the process")
    fuzz_by_coverage(options.target, options.seconds)


if __name__ == "__main__":
    main()
