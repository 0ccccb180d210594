"""Train the bundled compact features on the activations of a VGG19 ("the teacher").

    python scripts/training/train.py --teacher vgg19.safetensors --work /tmp/work MEDIA...

Half of what the student sees are crops of photographs, altered in colour, sharpness and noise; the
other half are pictures that an optimiser made a little earlier, with the teacher or with the
student itself: there the student must not be wrong in its own favour. Targets are the teacher's
activations projected on their leading principal directions, and the gradients that its losses give
the pixels; they are kept in memory and replaced slowly, so that the teacher costs little. The
learning rate follows the elapsed share of ``--minutes``: whatever the machine, training anneals to
its end. Weights go to ``assets/weights/compact.safetensors`` every few minutes, together with their
digest. A run that was stopped goes on where it was when started again with the same ``--work``
folder; with ``--restart`` the learning rate rises once more, to train on after the end, and with
``--start`` a run elsewhere begins with exported weights.

On a CPU with glibc, ``MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000`` in the environment
keeps large buffers from going back to the system after every layer, and halves the time of a step.
"""

from __future__ import annotations

import sys
from argparse import BooleanOptionalAction
from pathlib import Path

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

import torch

from scripts.common.options import make_parser
from scripts.training.trainer import Trainer


def main() -> None:
    """Read the options and train."""
    parser = make_parser(__doc__)
    add = parser.add_argument
    add("media", type=Path, nargs="+", help="pictures, clips, or folders of them")
    add("--teacher", type=Path, required=True, help="VGG19 as safetensors")
    add("--work", type=Path, required=True, help="folder of the checkpoint")
    add("--start", type=Path, help="begin with these weights, or parts of them")
    add("--minutes", type=float, default=100.0, help="length of the whole training")
    add("--batch", type=int, default=4)
    add("--lr", type=float, default=8e-4)
    add("--seed", type=int, default=1)
    add("--pool", type=int, default=1024, help="crops kept in memory, 2.4 MB each")
    add("--iterates", type=int, default=768, help="optimised ones kept likewise")
    add("--analyse", type=int, default=160, help="crops for the directions")
    add("--held-out", type=int, default=10, help="pictures kept for validation")
    add("--save-every", type=float, default=4.0, help="minutes")
    add("--iterates-every", type=float, default=40.0, help="seconds")
    add("--restart", action="store_true", help="a new cycle of the learning rate")
    add("--threads", type=int, default=1)
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--export", action=BooleanOptionalAction, default=True, help="the weights")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)
    Trainer(options).train()


if __name__ == "__main__":
    main()
