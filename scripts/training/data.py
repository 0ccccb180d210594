"""Training crops for the compact features: photographs, altered towards what optimisers make."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".ppm"}
CLIPS = {".mp4", ".mov", ".mkv", ".webm"}
CROP = 192
SHORT_SIDE = 720


def find_media(paths: list[Path]) -> list[Path]:
    """Pictures and clips below ``paths``, sorted; thumbnails called ``screenshot`` left out."""
    found: set[Path] = set()
    for path in paths:
        found.update([path] if path.is_file() else path.rglob("*"))
    wanted = PICTURES | CLIPS
    return sorted(p for p in found if p.suffix.lower() in wanted and p.stem != "screenshot")


def read_media(path: Path) -> list[np.ndarray]:
    """The pictures of one file, of a clip every 24th: H×W×3 uint8 RGB, short side at most 720."""
    if path.suffix.lower() in CLIPS:
        import av  # after cv2: their bundled libraries want this order

        with av.open(str(path)) as clip:
            frames = enumerate(clip.decode(video=0))
            pictures = [f.to_ndarray(format="rgb24") for i, f in frames if i % 24 == 0]
    else:
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
        pictures = [] if bgr is None else [cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)]
    result = []
    for picture in pictures:
        scale = SHORT_SIDE / min(picture.shape[:2])
        if scale < 1:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if min(picture.shape[:2]) >= CROP:
            result.append(picture)
    return result


def load_pictures(media: list[Path], cache: Path) -> tuple[list[str], list[np.ndarray]]:
    """Names and pictures of all files; read from ``cache``, an .npz file, once it is there."""
    if not cache.exists():
        named = [(p.name, picture) for p in media for picture in read_media(p)]
        pictures = {f"{i:05d} {name}": picture for i, (name, picture) in enumerate(named)}
        np.savez(cache, **pictures)
    with np.load(cache) as stored:
        return [key.split(" ", 1)[-1] for key in stored.files], [stored[k] for k in stored.files]


class Crops:
    """An endless supply of training crops, 3×192×192 float32 in [0, 1]."""

    def __init__(self, pictures: list[np.ndarray], seed: int) -> None:
        self.pictures = pictures
        self.random = np.random.default_rng(seed)

    def plain(self) -> np.ndarray:
        """A crop at a random scale, flipped and turned at random; H×W×3."""
        rng = self.random
        picture = self.pictures[rng.integers(len(self.pictures))]
        height, width = picture.shape[:2]
        side = min(height, width)
        side = round(math.exp(rng.uniform(math.log(min(CROP * 0.7, side)), math.log(side))))
        y, x = rng.integers(height - side + 1), rng.integers(width - side + 1)
        crop = picture[y : y + side, x : x + side]
        shrink = cv2.INTER_AREA if side > CROP else cv2.INTER_CUBIC
        crop = cv2.resize(crop, (CROP, CROP), interpolation=shrink)
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        if rng.random() < 0.25:
            crop = np.rot90(crop, rng.integers(1, 4))
        return np.ascontiguousarray(crop, dtype=np.float32) / 255.0

    def altered(self) -> np.ndarray:
        """A crop with its colours, sharpness and noise changed towards what optimisers produce."""
        rng = self.random
        crop = self.plain()
        if rng.random() < 0.2:
            other = self.plain()
            mean, deviation = crop.mean((0, 1)), crop.std((0, 1)) + 1e-3
            crop = (crop - mean) / deviation * other.std((0, 1)) + other.mean((0, 1))
        if rng.random() < 0.2:
            crop = crop + rng.uniform(0.2, 0.8) * (self.plain() - crop)
        if rng.random() < 0.2:
            crop = crop[..., rng.permutation(3)]
        if rng.random() < 0.4:
            grey = crop.mean(2, keepdims=True)
            crop = grey + rng.uniform(0.0, 2.0) * (crop - grey)
        if rng.random() < 0.4:
            crop = (crop - 0.5) * rng.uniform(0.6, 1.8) + 0.5 + rng.uniform(-0.15, 0.15)
        if rng.random() < 0.3:
            crop = crop + rng.uniform(0.3, 2.0) * (crop - cv2.GaussianBlur(crop, (0, 0), 1.5))
        if rng.random() < 0.4:
            side = int(CROP / rng.choice([1, 1, 2, 4]))
            noise = rng.standard_normal((side, side, 3)).astype(np.float32)
            noise = cv2.resize(noise, (CROP, CROP), interpolation=cv2.INTER_CUBIC)
            crop = crop + rng.uniform(0.01, 0.12) * noise
        return np.clip(crop, 0.0, 1.0)

    def batch(self, count: int) -> Tensor:
        """``count`` crops, most of them altered."""
        crops = [
            self.altered() if self.random.random() < 0.7 else self.plain() for _ in range(count)
        ]
        return torch.from_numpy(np.stack(crops)).float().permute(0, 3, 1, 2).contiguous()
