"""What computes: engine, feature network, flow, device, numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import field_validator

from flowstyle.core.disk import bytes_of
from flowstyle.settings.declaration import WORK, Group, setting


class Computation(Group):
    """Engine, feature network, flow, device."""

    engine: str = setting(
        "optimised",
        panel=WORK,
        choices=["optimised", "network"],
        help="What paints: iterations for each frame, or a network that was trained for the "
        "picture. A style given as NAME.safetensors brings its network.",
    )
    refine: int = setting(
        0,
        ge=0,
        le=1000,
        unit="iterations",
        panel=WORK,
        needs=["network"],
        help="Iterations of the optimiser that each frame of a trained network gets, ten times as "
        "many a shot's first one that others follow: finer brushwork in more time.",
    )
    features: str = setting(
        "auto",
        panel=WORK,
        choices=["auto", "vgg19", "compact"],
        help="Feature network.",
    )
    weights: Path | None = setting(
        None, panel=WORK, needs=["vgg19"], help="VGG19 weights, .pth or .safetensors."
    )
    pooling: Literal["max", "average"] = setting(
        "max", panel=WORK, needs=["vgg19"], help="Pooling of VGG19."
    )
    flow: str = setting(
        "auto",
        panel=WORK,
        choices=["auto", "dis", "raft", "raft_small", "a folder of .flo files"],
        help="Optical flow.",
    )
    flow_quality: Literal["draft", "quick", "default", "fine"] = setting(
        "default", panel=WORK, cli=False, needs=["dis"], help="Effort of DIS flow."
    )
    device: str = setting(
        "auto", panel=WORK, choices=["auto", "cpu", "cuda", "cuda:1"], help="Where it is computed."
    )
    precision: Literal["auto", "fp32", "bf16"] = setting(
        "auto", panel=WORK, help="Numbers of the feature network."
    )
    memory: str | None = setting(
        None,
        panel=WORK,
        needs=["optimised"],
        help="Memory that may be used, such as 8G: pictures that need more are painted in tiles, "
        "to the same picture. Without it all that is free.",
    )
    seed: int = setting(
        0, ge=0, le=2**63 - 1, panel=WORK, help="Decides everything that is drawn at random."
    )

    @field_validator("memory")
    @classmethod
    def _is_an_amount(cls, value: str | None) -> str | None:
        if value is not None:
            bytes_of(value)
        return value
