"""Train the bundled compact features on the activations of a VGG19 ("the teacher").

    python scripts/train_features.py --teacher vgg19.safetensors --work /tmp/work MEDIA...

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

import argparse
import hashlib
import json
import math
import random
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from features_data import CROP, Crops, find_media, load_pictures
from features_gradient import Pull, draw_taps, gradient_error, teacher_pulls
from features_loss import GRAM_WEIGHT, Muon, distillation_loss, gram, rows
from features_teacher import Teacher, adopt, initialise, turn_bases
from safetensors.torch import load_file, save
from torch import Tensor, nn

from flowstyle.features.compact import DIGEST, HEADS, TAPS, CompactFeatures
from flowstyle.optimize.precision import choose_precision

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "assets" / "weights" / "compact.safetensors"
Errors = dict[str, tuple[float, float]]
"""(relative activation error, relative Gram error) of each tap."""
GRADIENT_WEIGHT = 2.0
"""Weight of the relative error of the pixels' gradient beside the errors of the taps."""


def mixed_precision(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """Float32 weights, products in ``dtype``."""
    return torch.autocast(device.type, torch.bfloat16, enabled=dtype == torch.bfloat16)


def stylised(
    network: nn.Module,
    start: Tensor,
    style: Tensor,
    iterations: int,
    content_weight: float,
    dtype: torch.dtype,
) -> list[Tensor]:
    """Iterates of a style transfer.

    Args:
        network: student or teacher, its weights frozen.
        start: N×3×H×W, also the content.
        style: N×3×H×W, one for each.
        iterations: of Adam, as the program runs it.
        content_weight: of the relative content loss beside the sum of the relative Gram losses.
        dtype: what the network computes in.

    Returns:
        The iterates after a half and all of the iterations, N×3×H×W each.
    """
    mixed = partial(mixed_precision, start.device, dtype)
    with torch.no_grad(), mixed():
        aims = {tap: gram(rows(f)) for tap, f in network(style, TAPS).items() if tap != "relu4_2"}
        content_aim = network(start, ["relu4_2"])["relu4_2"].float()
    x = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([x], lr=0.03, betas=(0.9, 0.99))
    iterates = []
    for i in range(iterations):
        with mixed():
            taps = network(x, TAPS)
        error = (taps["relu4_2"].float() - content_aim).square().mean()
        loss = len(x) * content_weight * error / content_aim.square().mean()
        for tap, aim in aims.items():
            gap = (gram(rows(taps[tap])) - aim).square().sum((1, 2))
            loss = loss + (gap / aim.square().sum((1, 2)).clamp_min(1e-3)).sum()
        (x.grad,) = torch.autograd.grad(loss, x)
        optimiser.step()
        x.data.clamp_(0, 1)
        if i + 1 in (iterations // 2, iterations):
            iterates.append(x.detach().clone())
    return iterates


def export(weights: dict[str, Tensor], record: dict[str, object]) -> None:
    """Write weights, digest and record, each in one step, so that readers see whole files."""
    data = save({key: value.half().contiguous() for key, value in weights.items()})
    digest = hashlib.sha256(data).hexdigest()
    record = {**record, "sha256": digest, "bytes": len(data)}
    files = {
        WEIGHTS: data,
        DIGEST: (digest + "\n").encode(),
        WEIGHTS.with_suffix(".json"): (json.dumps(record, indent=2) + "\n").encode(),
    }
    for path, content in files.items():
        path.with_name(path.name + ".new").write_bytes(content)
    for path in files:
        path.with_name(path.name + ".new").replace(path)


Item = tuple[Tensor, dict[str, Tensor], Pull]
"""A crop 3×H×W, the teacher's taps for it, K×h×w, and one of its gradients; float16."""


class Trainer:
    """One training run: data, teacher, student, optimisers, and where it is in its time."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        torch.manual_seed(options.seed)
        random.seed(options.seed)
        media = find_media(options.media)
        names, pictures = load_pictures(media, options.work / "pictures.npz")
        order = np.random.default_rng(options.seed).permutation(len(pictures))
        held_out, kept = order[: options.held_out], order[options.held_out :]
        self.crops = Crops([pictures[i] for i in kept], options.seed)
        validation = Crops([pictures[i] for i in held_out], options.seed + 1)
        self.validation = validation.batch(24)
        device = torch.device(options.device)
        self.dtype = choose_precision("auto", device)
        self.teacher = Teacher(options.teacher, options.device, self.dtype)
        self.student = CompactFeatures()
        batches = [self.crops.batch(8) for _ in range(options.analyse // 8)]
        moments = self.teacher.analyse(batches)
        initialise(self.student, self.teacher, moments)
        self.student.to(options.device).to(memory_format=torch.channels_last)
        self.begun_with: dict[str, object] | None = None
        if options.start is not None and not self.checkpoint.exists():
            adopt(self.student, load_file(options.start))
            turn_bases(self.teacher, self.student, batches)
            self.begun_with = begun_with(options.start)
        self.average = {k: v.clone().float() for k, v in self.student.state_dict().items()}
        trained = [p for p in self.student.parameters() if p.requires_grad]
        kernels = [p for p in trained if p.ndim == 4 and p.shape[2] > 1]
        rest = [p for p in trained if not (p.ndim == 4 and p.shape[2] > 1)]
        self.optimisers: list[torch.optim.Optimizer] = [
            Muon(kernels, options.lr),
            torch.optim.AdamW(rest, options.lr, weight_decay=1e-4),
        ]
        self.gradient_errors: dict[str, float] = {}
        self.photographs: list[Item] = []
        self.iterates: list[Item] = []
        self.steps, self.seconds, self.rounds = 0, 0.0, 0
        self.cycles: list[dict[str, float]] = []
        self.load()
        if not self.cycles or (
            options.restart and self.seconds >= self.cycles[-1]["to_minute"] * 60
        ):
            begun = round(self.seconds / 60, 1)
            self.cycles.append(
                {"from_minute": begun, "to_minute": options.minutes, "peak": options.lr}
            )
        self.cycles[-1]["to_minute"] = options.minutes
        self.spectra = {
            tap: target.float().square().mean((0, 2, 3)).clamp_min(1e-4).to(options.device)
            for tap, target in self.teacher.targets(self.validation).items()
        }
        self.record: dict[str, object] = {
            "teacher": options.teacher.name,
            "teacher_sha256": hashlib.sha256(options.teacher.read_bytes()).hexdigest(),
            "media_files": len(media),
            "pictures": len(kept),
            "held_out": sorted(names[i] for i in held_out),
            "crop": CROP,
            "batch": options.batch,
            "minutes": options.minutes,
            "learning_rate": self.cycles,
            "gram_weight": GRAM_WEIGHT,
            "gradient_weight": GRADIENT_WEIGHT,
            "seed": options.seed,
            "begun_with": self.begun_with,
        }
        print(f"{len(media)} files, {len(pictures)} pictures", flush=True)

    @property
    def checkpoint(self) -> Path:
        """Where the state of the run is kept."""
        return self.options.work / "checkpoint.pt"

    def load(self) -> None:
        """Go on where an earlier run with the same work folder was stopped."""
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, weights_only=True)
        self.student.load_state_dict(state["student"])
        self.average = state["average"]
        self.teacher.bases = state["bases"]
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.steps, self.seconds = state["step"], state["seconds"]
        self.cycles = state.get("cycles", [])
        self.begun_with = state.get("begun_with")
        # Another stream of crops than the run had before; the same whenever it is resumed here.
        self.crops.random = np.random.default_rng([self.options.seed, self.steps])
        random.seed(self.options.seed + self.steps)
        print(f"resumed at step {self.steps}, {self.seconds / 60:.1f} min", flush=True)

    def save(self) -> None:
        """Validate; write the checkpoint and, unless told not to, export the averaged weights."""
        errors = self.validate()
        print(f"validation {summary(errors)}", flush=True)
        new = self.checkpoint.with_suffix(".new")
        state = {
            "student": self.student.state_dict(),
            "average": self.average,
            "bases": self.teacher.bases,
            "optimisers": [o.state_dict() for o in self.optimisers],
            "step": self.steps,
            "seconds": self.seconds,
            "cycles": self.cycles,
            "begun_with": self.begun_with,
        }
        torch.save(state, new)
        new.replace(self.checkpoint)
        if self.options.export:
            validation = {
                tap: {"activation_error": round(a, 5), "gram_error": round(g, 5)}
                for tap, (a, g) in errors.items()
            }
            progress = {"steps": self.steps, "minutes_trained": round(self.seconds / 60, 1)}
            export(self.average, {**self.record, **progress, "validation": validation})

    def fill(self, pool: list[Item], size: int, crops: Tensor, others: Tensor) -> None:
        """Put crops and their targets into a pool, in the place of random others once full.

        Args:
            pool: of items.
            size: where it is full.
            crops: N×3×H×W.
            others: N×3×H×W, whose style or content the crops' gradients ask for.
        """
        for part, other in zip(crops.split(4), others.split(4), strict=True):
            targets, pulls = teacher_pulls(self.teacher, part, other, draw_taps(len(part)))
            for j, crop in enumerate(part):
                mine = {tap: target[j].clone() for tap, target in targets.items()}
                item = (crop.half(), mine, pulls[j])
                if len(pool) < size:
                    pool.append(item)
                else:
                    pool[random.randrange(size)] = item

    def fill_with_iterates(self) -> None:
        """Optimise some pictures, and learn from them later.

        Pictures optimised with the student show where it is wrong in its own favour; those
        optimised with the teacher show the fine patterns that the teacher answers to. Half go on
        from where an earlier round left them, to reach where long optimisations go.
        """
        self.rounds += 1
        by_student = self.rounds % 3 != 0
        count = 8 if by_student else 4
        start, style = self.crops.batch(count), self.crops.batch(count)
        if len(self.iterates) >= 32:
            earlier = random.sample(self.iterates, count // 2)
            start[: count // 2] = torch.stack([crop.float() for crop, *_ in earlier])
        start, style = start.to(self.options.device), style.to(self.options.device)
        weight = math.exp(random.uniform(math.log(0.1), math.log(5.0)))
        self.student.requires_grad_(False)
        network, iterations = (self.student, 20) if by_student else (self.teacher, 6)
        for iterate in stylised(network, start, style, iterations, weight, self.dtype):
            self.fill(self.iterates, self.options.iterates, iterate.cpu(), style.cpu())
        self.student.requires_grad_(True)
        self.student.chain["conv1_1"].requires_grad_(False)

    def learning_rate(self) -> float:
        """That of the present cycle."""
        cycle = self.cycles[-1]
        return rate(self.seconds / 60, cycle["from_minute"], cycle["to_minute"], cycle["peak"])

    def step(self) -> Errors:
        """One update on a random batch of the pool."""
        half = self.options.batch // 2 if len(self.iterates) >= 32 else 0
        items = random.sample(self.photographs, self.options.batch - half)
        items += random.sample(self.iterates, half)
        device = torch.device(self.options.device)
        image = torch.stack([crop for crop, *_ in items]).to(device).float()
        targets = {tap: torch.stack([t[tap] for _, t, _ in items]).to(device) for tap in HEADS}
        pulls = [pull for *_, pull in items]
        with mixed_precision(device, self.dtype):
            outputs = self.student(image, list(HEADS))
            gradients = gradient_error(self.student, image, pulls)
        loss, errors = distillation_loss(outputs, targets, self.spectra)
        loss = loss + GRADIENT_WEIGHT * gradients.clamp_max(4).mean()
        for pull, error in zip(pulls, gradients.tolist(), strict=True):
            before = self.gradient_errors.get(pull.tap, error)
            self.gradient_errors[pull.tap] = 0.99 * before + 0.01 * error
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.learning_rate()
            optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.student.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.steps += 1
        decay = min(0.999, (1 + self.steps) / (10 + self.steps))
        for key, value in self.student.state_dict().items():
            self.average[key].lerp_(value.float(), 1 - decay)
        return errors

    @torch.no_grad()
    def validate(self) -> Errors:
        """Errors of the averaged weights on held-out pictures."""
        device = torch.device(self.options.device)
        network = CompactFeatures().to(device)
        network.load_state_dict(self.average)
        batches = []
        for image in self.validation.split(4):
            with mixed_precision(device, self.dtype):
                outputs = network(image.to(device), list(HEADS))
            targets = {t: f.to(device) for t, f in self.teacher.targets(image).items()}
            batches.append(distillation_loss(outputs, targets, self.spectra)[1])
        pairs = {tap: np.mean([errors[tap] for errors in batches], 0) for tap in HEADS}
        return {tap: (float(a), float(g)) for tap, (a, g) in pairs.items()}

    def train(self) -> None:
        """Train until the time is over."""
        options = self.options
        start = time.monotonic() - self.seconds
        self.fill(self.photographs, options.pool, self.crops.batch(64), self.crops.batch(64))
        last_save = last_iterates = last_line = time.monotonic()
        running: Errors = {}
        while self.seconds < options.minutes * 60:
            if self.steps % (6 if len(self.photographs) < options.pool else 16) == 0:
                self.fill(self.photographs, options.pool, self.crops.batch(4), self.crops.batch(4))
            for tap, (a, g) in self.step().items():
                before = running.get(tap, (a, g))
                running[tap] = (0.98 * before[0] + 0.02 * a, 0.98 * before[1] + 0.02 * g)
            now = time.monotonic()
            self.seconds = now - start
            if now - last_iterates > options.iterates_every and self.steps > 500:
                self.fill_with_iterates()
                last_iterates = time.monotonic()
            if now - last_line > 20:
                minutes = self.seconds / 60
                line = f"{minutes:6.1f} min step {self.steps} {summary(running)} gradient "
                line += " ".join(f"{t[4:]} {e:.2f}" for t, e in self.gradient_errors.items())
                print(line, flush=True)
                last_line = now
            if now - last_save > options.save_every * 60:
                self.save()
                last_save = time.monotonic()
        self.save()


def begun_with(start: Path | None) -> dict[str, object] | None:
    """What is on record of the weights that a run began with; None for random ones."""
    if start is None:
        return None
    record = start.with_suffix(".json")
    if not record.exists():
        return {"name": start.name}
    known = json.loads(record.read_text(encoding="utf-8"))
    return {
        key: known[key]
        for key in ("sha256", "steps", "minutes_trained", "begun_with")
        if key in known
    }


def rate(now: float, begun: float, end: float, peak: float) -> float:
    """One cycle of the learning rate, by elapsed time: 2 % up, then a cosine to zero."""
    share = min(1.0, max(0.0, now - begun) / max(1e-3, end - begun))
    return peak * min(1.0, share / 0.02) * 0.5 * (1 + math.cos(math.pi * share))


def summary(errors: Errors) -> str:
    """One line: activation and Gram error of each tap."""
    return " ".join(f"{tap[4:]} {a:.3f}/{g:.4f}" for tap, (a, g) in errors.items())


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("media", type=Path, nargs="+", help="pictures, clips, or folders of them")
    parser.add_argument("--teacher", type=Path, required=True, help="VGG19 as safetensors")
    parser.add_argument("--work", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--start", type=Path, help="begin with these weights, or parts of them")
    parser.add_argument("--minutes", type=float, default=100.0)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--lr", type=float, default=8e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pool", type=int, default=1024, help="crops kept in memory, 2.4 MB each")
    parser.add_argument("--iterates", type=int, default=768, help="optimised ones kept likewise")
    parser.add_argument("--analyse", type=int, default=160, help="crops for the directions")
    parser.add_argument("--held-out", type=int, default=10, help="pictures kept for validation")
    parser.add_argument("--save-every", type=float, default=4.0, help="minutes")
    parser.add_argument("--iterates-every", type=float, default=40.0, help="seconds")
    parser.add_argument("--restart", action="store_true", help="a new cycle of the learning rate")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--export", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)
    Trainer(options).train()


if __name__ == "__main__":
    sys.exit(main())
