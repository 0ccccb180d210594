"""What a step of training draws from: crops with the teacher's answers to them, kept in memory.

The teacher is slow. Its answers are therefore used many times, and replaced slowly by new ones.
"""

from __future__ import annotations

import argparse
import math
import random

import torch
from torch import Tensor

from flowstyle.features.compact import CompactFeatures
from scripts.training.data import Crops
from scripts.training.gradient import Pull, draw_taps, teacher_pulls
from scripts.training.iterates import stylised
from scripts.training.teacher import Teacher

Item = tuple[Tensor, dict[str, Tensor], Pull]
"""A crop 3×H×W, the teacher's taps for it, K×h×w, and one of its gradients; float16."""

ENOUGH = 32
"""Iterates from which on half of a batch is drawn from them."""
AT_ONCE = 4
"""Crops that the teacher sees at once."""


class Pools:
    """Crops of photographs, and pictures that an optimiser made, the iterates.

    Args:
        crops: where new ones come from.
        teacher: with its directions found.
        options: of ``train.py``; ``pool`` and ``iterates`` are the sizes, ``device`` where
            pictures are optimised.
    """

    def __init__(self, crops: Crops, teacher: Teacher, options: argparse.Namespace) -> None:
        self.photographs: list[Item] = []
        self.iterates: list[Item] = []
        self.rounds = 0
        self._crops = crops
        self._teacher = teacher
        self._options = options

    def add_photographs(self, count: int) -> None:
        """Crop so many photographs."""
        crops, others = self._crops.batch(count), self._crops.batch(count)
        self._fill(self.photographs, self._options.pool, crops, others)

    def add_iterates(self, student: CompactFeatures, dtype: torch.dtype) -> None:
        """Optimise some pictures.

        Pictures optimised with the student show where it is wrong in its own favour; those
        optimised with the teacher show the fine patterns that the teacher answers to. Half go on
        from where an earlier round left them, to reach where long optimisations go.

        Args:
            student: its weights do not change.
            dtype: what networks compute in.
        """
        self.rounds += 1
        by_student = self.rounds % 3 != 0
        count = 8 if by_student else 4
        start, style = self._crops.batch(count), self._crops.batch(count)
        if len(self.iterates) >= ENOUGH:
            earlier = random.sample(self.iterates, count // 2)
            start[: count // 2] = torch.stack([crop.float() for crop, *_ in earlier])
        start, style = start.to(self._options.device), style.to(self._options.device)
        weight = math.exp(random.uniform(math.log(0.1), math.log(5.0)))
        network, iterations = (student, 20) if by_student else (self._teacher, 6)
        trained = [parameter for parameter in student.parameters() if parameter.requires_grad]
        student.requires_grad_(False)
        for iterate in stylised(network, start, style, iterations, weight, dtype):
            self._fill(self.iterates, self._options.iterates, iterate.cpu(), style.cpu())
        for parameter in trained:
            parameter.requires_grad_(True)

    def draw(self, count: int) -> list[Item]:
        """So many items, half of them iterates once there are enough."""
        half = count // 2 if len(self.iterates) >= ENOUGH else 0
        return random.sample(self.photographs, count - half) + random.sample(self.iterates, half)

    def _fill(self, pool: list[Item], size: int, crops: Tensor, others: Tensor) -> None:
        """Put crops and their targets into a pool, in the place of random others once full.

        Args:
            pool: of items.
            size: where it is full.
            crops: N×3×H×W.
            others: N×3×H×W, whose style or content the crops' gradients ask for.
        """
        for part, other in zip(crops.split(AT_ONCE), others.split(AT_ONCE), strict=True):
            targets, pulls = teacher_pulls(self._teacher, part, other, draw_taps(len(part)))
            for j, crop in enumerate(part):
                mine = {tap: target[j].clone() for tap, target in targets.items()}
                item = (crop.half(), mine, pulls[j])
                if len(pool) < size:
                    pool.append(item)
                else:
                    pool[random.randrange(size)] = item
