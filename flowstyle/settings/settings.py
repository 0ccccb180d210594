"""All settings of a render: frozen, validated, and each explained where it stands.

The order of precedence is defaults < preset < settings file < command line; :func:`load_settings`
is the only place where it is applied.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from flowstyle.core.errors import UsageError

PRESET_FOLDER = Path(__file__).parent / "presets"

Start = Literal["content", "noise", "previous", "warped"]


class Settings(BaseModel):
    """What decides the pixels of a render (and therefore belongs to a work folder's fingerprint).

    Weights are relative to each other. With ``normalization = "relative"`` every term is free of
    units (see :mod:`flowstyle.losses`), so that the same weights serve every feature network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    preset: str = "default"
    """Name of the preset that the other values started from."""

    # --- size and piece of the clip
    width: int | None = Field(default=None, ge=16, le=16384)
    """Width of the render in pixels; None keeps the clip's own. Height follows."""
    frames: int | None = Field(default=None, ge=1)
    """Render at most so many frames; None renders to the end."""
    start_frame: int = Field(default=0, ge=0)
    """First frame to render, counted from 0."""

    # --- losses
    normalization: Literal["relative", "gatys", "ruder"] = "relative"
    """Units of content and style loss: free of units, or as in one of the two papers."""
    content_weight: float = Field(default=1.0, ge=0)
    style_weight: float = Field(default=5.0, ge=0)
    temporal_weight: float = Field(default=250.0, ge=0)
    """Weight of the masked squared difference to the warped previous result, in [0,1] units."""
    tv_weight: float = Field(default=10.0, ge=0)
    content_layers: tuple[str, ...] = ("relu4_2",)
    style_layers: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    style_loss: Literal["gram", "wasserstein", "sliced"] = "gram"
    temporal_loss: Literal["mse", "smoothl1"] = "mse"
    stability: float | None = Field(default=None, ge=0, le=1)
    """One dial from 0 (every frame alone) to 1 (locked); None keeps the preset's weights."""
    style_scale: float = Field(default=1.0, gt=0, le=8)
    """Size of the style picture relative to the frame; larger gives larger brushwork."""
    normalize_gradients: bool = False
    """Scale each term's gradient to its weight, so that weights mean the same for all styles."""
    match_colors: bool = False
    """Give the style picture the colour mean and covariance of a shot's first frame, once."""

    # --- optimisation
    effort: float = Field(default=1.0, gt=0, le=100)
    """Factor on all numbers of iterations."""
    optimizer: Literal["adam", "lbfgs"] = "adam"
    learning_rate: float = Field(default=0.02, gt=0, le=10)
    """Step of Adam (or of L-BFGS, where 1 is usual)."""
    next_learning_rate: float | None = Field(default=0.01, gt=0, le=10)
    """Step for all but first frames; None takes ``learning_rate``. A smaller one disturbs less."""
    average: float = Field(default=0.9, ge=0, lt=1)
    """Decay of the average of Adam's iterates, the average being the result; 0 takes the last."""
    first_iterations: int = Field(default=50, ge=1)
    """Iterations at each size of a shot's first frame."""
    first_smallest: int = Field(default=128, ge=16)
    """Longer side of the coarsest size of a first frame; sizes grow by sqrt(2) to the full one."""
    first_start: Literal["content", "noise"] = "content"
    noise: float = Field(default=0.1, gt=0, le=1)
    """Deviation of the noise start around mid-grey."""
    iterations: int = Field(default=12, ge=0)
    """Iterations of every later frame in the first sweep."""
    start: Start = "warped"
    """What a later frame starts from in the first sweep."""
    fill_content: bool = True
    """Areas of a warped start that no neighbour can serve for show the frame itself instead, or
    what ``fill_iterations`` paint there."""
    fill_iterations: int = Field(default=20, ge=0)
    """Iterations that paint newly shown areas before the frame itself is optimised: at every size
    of a frame some way ahead, whose paint they borrow. What that frame does not show gets half as
    many at half the size, after twice as many at a quarter."""
    keyframe_share: float = Field(default=0.3, ge=0, le=1)
    """How far texture that has slipped goes back in each frame to where the flow from the last
    keyframe, every sixteenth frame, has it. For warped starts in the first sweep, without
    ``long_term`` and with flow that is estimated, not read from files."""
    neighbors: bool = True
    """False renders every frame alone."""
    long_term: tuple[int, ...] = ()
    """Distances of further earlier frames in the temporal term (Ruder: 1, 10, 20, 40)."""

    # --- further sweeps over a shot, in alternating direction
    sweeps: int = Field(default=0, ge=0)
    """Sweeps after the first; an even number ends forward in time."""
    sweep_iterations: int = Field(default=6, ge=0)
    sweep_temporal_weight: float | None = Field(default=None, ge=0)
    """Temporal weight of the later sweeps; None takes ``temporal_weight``."""
    sweep_both: bool = True
    """Pull to both neighbours in later sweeps; False: only to the one already done."""
    sweep_blend: float = Field(default=0.0, ge=0)
    """Weight of the warped neighbour in the start of a later sweep (Ruder's multi-pass: 1)."""
    temporal_from: int = Field(default=1, ge=1)
    """Number of the first sweep with a temporal term, 1 being the first of all."""

    # --- trust masks (0 ignores the reason for distrust, 1 applies it fully). They decide where a
    # frame is held to its neighbour; what it starts from is decided by the colours as well.
    missed: float = Field(default=1.0, ge=0, le=1)
    """Occlusion: forward and backward flow disagree."""
    overshoot: float = Field(default=1.0, ge=0, le=1)
    """The flow points off the frame."""
    edges: float = Field(default=1.0, ge=0, le=1)
    """Motion boundary."""
    mask_dilate: int = Field(default=1, ge=0, le=32)
    """Pixels by which distrust grows."""
    mask_blur: float = Field(default=0.8, ge=0, le=32)
    """Gaussian sigma in pixels that softens the masks."""
    mask_soften: float = Field(default=0.0, ge=0, le=1)
    """No pixel is trusted less than this."""
    trust: float = Field(default=1.0, ge=0, le=1)
    """Factor on all masks: below 1 each frame is partly painted anew, and boils."""
    mask_rule: Literal["product", "reference"] = "product"
    """``reference`` is the rule of artistic-videos, without photometric check and dilation."""
    hold_colors: bool = True
    """Take out of every frame the change of mean colour that the source does not have."""
    lock_static: bool = True
    """Pixels where the source stands still keep their value exactly."""

    # --- networks, flow, device
    features: Literal["auto", "vgg19", "compact"] = "auto"
    weights: Path | None = None
    pooling: Literal["max", "average"] = "max"
    flow: str = "auto"
    """``auto``, ``dis``, ``raft`` or a folder of .flo files."""
    flow_quality: Literal["draft", "default", "fine"] = "default"
    """Effort of DIS."""
    device: str = "auto"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    seed: int = Field(default=0, ge=0, le=2**63 - 1)

    # --- result
    original_colors: bool = False
    """Keep the clip's colours; the picture gives brightness and brushwork only."""
    shots: Path | None = None
    """A file that lists the first frames of shots, instead of finding the cuts."""
    cuts: bool = True
    """False treats the clip as one shot."""

    @model_validator(mode="before")
    @classmethod
    def _dial(cls, values: Any) -> Any:
        dial = values.get("stability") if isinstance(values, dict) else None
        if isinstance(dial, int | float) and 0 <= dial <= 1:  # else the field's own check speaks
            return {**values, **stability_values(values)}
        return values

    @field_validator("long_term")
    @classmethod
    def _closest_first(cls, distances: tuple[int, ...]) -> tuple[int, ...]:
        if any(distance < 1 for distance in distances):
            raise ValueError("distances are whole numbers from 1 on")
        return tuple(sorted(set(distances)))

    @model_validator(mode="after")
    def _layers_are_named(self) -> Settings:
        if not self.style_layers and self.style_weight > 0:
            raise ValueError("style_layers must name at least one layer")
        if not self.content_layers and self.content_weight > 0:
            raise ValueError("content_layers must name at least one layer")
        return self


STABILITY_DEFAULT = 0.6  # the dial's position that leaves a preset as it is
TRUST_LEAST = 0.3  # with less, frames boil more than those made alone, whose paint is softer
STABILITY_DECADES = (
    4.0  # powers of ten of the temporal weight from one end of the dial to the other
)


def stability_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the dial sets.

    At 0 every frame is made alone. Up to the preset's own position the trust in the neighbours
    rises (with full trust the warped start alone makes frames stable); over the whole way a
    factor on the temporal weights does.

    Args:
        values: settings so far, with ``stability``; missing ones are at their defaults.

    Returns:
        The settings that the dial replaces.
    """
    dial = float(values["stability"])
    if dial == 0:
        return {"neighbors": False, "sweeps": 0, "lock_static": False}
    factor = 10 ** (STABILITY_DECADES * (dial - STABILITY_DEFAULT))
    replaced: dict[str, Any] = {"neighbors": True}
    if dial < STABILITY_DEFAULT:
        part = dial / STABILITY_DEFAULT
        replaced |= {"trust": TRUST_LEAST + (1 - TRUST_LEAST) * part, "lock_static": False}
    for name in ("temporal_weight", "sweep_temporal_weight"):
        weight = values.get(name, Settings.model_fields[name].default)
        if weight is not None:
            replaced[name] = float(weight) * factor
    return replaced


def option_of(name: str) -> str:
    """The command-line option that sets a field."""
    short = {"first_start": "start"}.get(name, name.removeprefix("mask_"))
    return "--" + short.replace("_", "-")


def preset_names() -> list[str]:
    """Names of the presets that come with the program."""
    return sorted(path.stem for path in PRESET_FOLDER.glob("*.toml"))


def load_preset(name: str) -> dict[str, Any]:
    """Values that a preset sets, without the defaults.

    Raises:
        UsageError: no such preset.
    """
    path = PRESET_FOLDER / f"{name}.toml"
    if name not in preset_names():
        raise UsageError(
            f"there is no preset {name!r}", "--preset", f"choose one of {', '.join(preset_names())}"
        )
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    base = values.pop("extends", None)
    return {**(load_preset(base) if base else {}), **values}


def load_settings(
    options: Mapping[str, Any], *, preset: str | None = None, file: Path | None = None
) -> Settings:
    """Put defaults, preset, settings file and options together.

    Args:
        options: values given by the user; None means "not given".
        preset: name of the preset; None takes the file's, or ``default``.
        file: optional TOML file with any of the fields of :class:`Settings`.

    Raises:
        UsageError: unknown preset or field, wrong value, unreadable file.
    """
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise UsageError(
                f"cannot read the settings: {error}",
                file,
                "give a TOML file with lines such as iterations = 12",
            ) from error
        preset = preset or values.pop("preset", None)
        values.pop("preset", None)
    preset = preset or "default"
    given = {key: value for key, value in options.items() if value is not None}
    merged = {**load_preset(preset), **values, **given, "preset": preset}
    wished = {**values, **given}
    if wished.get("optimizer") == "lbfgs":  # its step is a factor, not a length in the image
        merged = {
            "learning_rate": 1.0,
            "next_learning_rate": 1.0,
            **{
                name: value
                for name, value in merged.items()
                if name in wished or name not in ("learning_rate", "next_learning_rate")
            },
        }
    alone = merged.get("neighbors") is False or wished.get("stability") == 0
    if alone and "iterations" in wished:
        # Every frame is made like a first one.
        merged["first_iterations"] = wished.get("first_iterations", wished["iterations"])
    try:
        return Settings(**merged)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        in_file = file is not None and name in values and name not in given
        raise UsageError(
            f"{first['msg']} (got {str(first.get('input'))[:80]!r})",
            f"{name} in {file}" if in_file else option_of(name),
            "flowstyle/settings.py lists the fields" if in_file else "see --help",
        ) from error
