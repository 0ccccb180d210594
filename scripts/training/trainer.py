"""One training run of the compact features: its parts, its steps, its checkpoint."""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from flowstyle.features.compact import HEADS, CompactFeatures
from flowstyle.optimize.precision import choose_precision
from scripts.training.data import CROP, Crops, find_media, load_pictures
from scripts.training.gradient import gradient_error
from scripts.training.iterates import mixed_precision
from scripts.training.loss import GRAM_WEIGHT, Errors, Muon, distillation_loss
from scripts.training.pools import Pools
from scripts.training.record import begun_with, export, rounded, summary
from scripts.training.teacher import Teacher, adopt, initialise, turn_bases

GRADIENT_WEIGHT = 2.0
"""Weight of the relative error of the pixels' gradient beside the errors of the taps."""


def rate(now: float, begun: float, end: float, peak: float) -> float:
    """One cycle of the learning rate, by elapsed time: 2 % up, then a cosine to zero."""
    share = min(1.0, max(0.0, now - begun) / max(1e-3, end - begun))
    return peak * min(1.0, share / 0.02) * 0.5 * (1 + math.cos(math.pi * share))


class Trainer:
    """One training run: data, teacher, student, optimisers, and where it is in its time.

    Args:
        options: of ``train.py``.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        torch.manual_seed(options.seed)
        random.seed(options.seed)
        self.device = torch.device(options.device)
        self.dtype = choose_precision("auto", self.device)
        self.record = self._read_pictures()
        self.teacher = Teacher(options.teacher, options.device, self.dtype)
        self.student = CompactFeatures()
        self.begun_with: dict[str, object] | None = None
        self._begin_student()
        self.average = {k: v.clone().float() for k, v in self.student.state_dict().items()}
        self.optimisers = self._make_optimisers()
        self.gradient_errors: dict[str, float] = {}
        self.pools = Pools(self.crops, self.teacher, options)
        self.steps, self.seconds = 0, 0.0
        self.cycles: list[dict[str, float]] = []
        self.load()
        self._begin_cycle()
        self.spectra = {
            tap: target.float().square().mean((0, 2, 3)).clamp_min(1e-4).to(options.device)
            for tap, target in self.teacher.targets(self.validation).items()
        }
        self.record |= {"learning_rate": self.cycles, "begun_with": self.begun_with}

    def _read_pictures(self) -> dict[str, object]:
        """Make the crops to learn from and those to validate with; the record of both."""
        options = self.options
        media = find_media(options.media)
        names, pictures = load_pictures(media, options.work / "pictures.npz")
        order = np.random.default_rng(options.seed).permutation(len(pictures))
        held_out, kept = order[: options.held_out], order[options.held_out :]
        self.crops = Crops([pictures[i] for i in kept], options.seed)
        validation = Crops([pictures[i] for i in held_out], options.seed + 1)
        self.validation = validation.batch(24)
        print(f"{len(media)} files, {len(pictures)} pictures", flush=True)
        return {
            "teacher": options.teacher.name,
            "teacher_sha256": hashlib.sha256(options.teacher.read_bytes()).hexdigest(),
            "media_files": len(media),
            "pictures": len(kept),
            "held_out": sorted(names[i] for i in held_out),
            "crop": CROP,
            "batch": options.batch,
            "minutes": options.minutes,
            "gram_weight": GRAM_WEIGHT,
            "gradient_weight": GRADIENT_WEIGHT,
            "seed": options.seed,
        }

    def _begin_student(self) -> None:
        """Find the teacher's directions; give the student its first weights."""
        options = self.options
        batches = [self.crops.batch(8) for _ in range(options.analyse // 8)]
        moments = self.teacher.analyse(batches)
        initialise(self.student, self.teacher, moments)
        self.student.to(options.device).to(memory_format=torch.channels_last)
        if options.start is not None and not self.checkpoint.exists():
            adopt(self.student, load_file(options.start))
            turn_bases(self.teacher, self.student, batches)
            self.begun_with = begun_with(options.start)

    def _make_optimisers(self) -> list[torch.optim.Optimizer]:
        """Muon for the kernels, AdamW for heads and biases."""
        kernels, rest = [], []
        for parameter in self.student.parameters():
            if parameter.requires_grad:
                is_kernel = parameter.ndim == 4 and parameter.shape[2] > 1
                (kernels if is_kernel else rest).append(parameter)
        lr = self.options.lr
        return [Muon(kernels, lr), torch.optim.AdamW(rest, lr, weight_decay=1e-4)]

    def _begin_cycle(self) -> None:
        """A new cycle of the learning rate at the start, and with ``--restart`` after an end."""
        options = self.options
        over = self.cycles and self.seconds >= self.cycles[-1]["to_minute"] * 60
        if not self.cycles or (options.restart and over):
            begun = round(self.seconds / 60, 1)
            self.cycles.append(
                {"from_minute": begun, "to_minute": options.minutes, "peak": options.lr}
            )
        self.cycles[-1]["to_minute"] = options.minutes

    @property
    def checkpoint(self) -> Path:
        """Where the state of the run is kept."""
        return Path(self.options.work) / "checkpoint.pt"

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
            progress = {"steps": self.steps, "minutes_trained": round(self.seconds / 60, 1)}
            export(self.average, {**self.record, **progress, "validation": rounded(errors)})

    def learning_rate(self) -> float:
        """That of the present cycle."""
        cycle = self.cycles[-1]
        return rate(self.seconds / 60, cycle["from_minute"], cycle["to_minute"], cycle["peak"])

    def step(self) -> Errors:
        """One update on a random batch of the pools; the errors of each tap."""
        items = self.pools.draw(self.options.batch)
        image = torch.stack([crop for crop, *_ in items]).to(self.device).float()
        targets = {
            tap: torch.stack([taps[tap] for _, taps, _ in items]).to(self.device) for tap in HEADS
        }
        pulls = [pull for *_, pull in items]
        with mixed_precision(self.device, self.dtype):
            outputs = self.student(image, list(HEADS))
            gradients = gradient_error(self.student, image, pulls)
        loss, errors = distillation_loss(outputs, targets, self.spectra)
        self._update(loss + GRADIENT_WEIGHT * gradients.clamp_max(4).mean())
        for pull, error in zip(pulls, gradients.tolist(), strict=True):
            before = self.gradient_errors.get(pull.tap, error)
            self.gradient_errors[pull.tap] = 0.99 * before + 0.01 * error
        return errors

    def _update(self, loss: Tensor) -> None:
        """Move the student's weights, and their average after them."""
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

    @torch.no_grad()
    def validate(self) -> Errors:
        """Errors of the averaged weights on held-out pictures."""
        network = CompactFeatures().to(self.device)
        network.load_state_dict(self.average)
        batches = []
        for image in self.validation.split(4):
            with mixed_precision(self.device, self.dtype):
                outputs = network(image.to(self.device), list(HEADS))
            targets = {t: f.to(self.device) for t, f in self.teacher.targets(image).items()}
            batches.append(distillation_loss(outputs, targets, self.spectra)[1])
        pairs = {tap: np.mean([errors[tap] for errors in batches], 0) for tap in HEADS}
        return {tap: (float(a), float(g)) for tap, (a, g) in pairs.items()}

    def train(self) -> None:
        """Train until the time is over."""
        options = self.options
        start = time.monotonic() - self.seconds
        self.pools.add_photographs(64)
        last_save = last_iterates = last_line = time.monotonic()
        running: Errors = {}
        while self.seconds < options.minutes * 60:
            full = len(self.pools.photographs) >= options.pool
            if self.steps % (16 if full else 6) == 0:
                self.pools.add_photographs(4)
            for tap, (a, g) in self.step().items():
                before = running.get(tap, (a, g))
                running[tap] = (0.98 * before[0] + 0.02 * a, 0.98 * before[1] + 0.02 * g)
            now = time.monotonic()
            self.seconds = now - start
            if now - last_iterates > options.iterates_every and self.steps > 500:
                self.pools.add_iterates(self.student, self.dtype)
                last_iterates = time.monotonic()
            if now - last_line > 20:
                print(self.line(running), flush=True)
                last_line = now
            if now - last_save > options.save_every * 60:
                self.save()
                last_save = time.monotonic()
        self.save()

    def line(self, running: Errors) -> str:
        """Where the run is: minutes, step, errors of the taps and of the pixels' gradients."""
        gradients = " ".join(f"{tap[4:]} {e:.2f}" for tap, e in self.gradient_errors.items())
        minutes = self.seconds / 60
        return f"{minutes:6.1f} min step {self.steps} {summary(running)} gradient {gradients}"
