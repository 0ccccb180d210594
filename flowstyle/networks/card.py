"""What a file of a trained network says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

SUFFIX = ".safetensors"
"""Of the names of such files."""

FORMAT = 2
"""Raised when files of before can no longer be read."""

WIDEST = 256
"""Channels that a layer of a network from a file may have."""
MOST_BLOCKS = 16
"""Residual blocks that a network from a file may have."""
LARGEST_PICTURE = 384
"""Pixels of the longer side of the style picture in a file, which also serves the figures."""

# No control characters: names are printed.
_Name = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
_Digest = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
_Width = Annotated[int, Field(ge=1, le=WIDEST)]
_Value = float | int | Annotated[str, Field(max_length=1000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CardStyle(_Part):
    """A picture that a network was trained for: name, sha256 of its file, share of the blend."""

    name: _Name
    sha256: _Digest
    weight: Annotated[float, Field(ge=0)] = 1.0


class CardFeatures(_Part):
    """The feature network that judged the training: name, and digest of its weights."""

    name: _Name
    digest: _Digest


class Card(_Part):
    """What a file of a trained network says of itself.

    Args:
        format: of the file.
        name: of the network, for lists and messages.
        styles: what it was trained for; several are a blend.
        widths: channels at a half of the size and at a quarter.
        blocks: residual blocks.
        features: what judged the training.
        steps: of the training.
        minutes: that it took.
        style_size: pixels of the longer side of the style picture in the training.
        settings: of the training, by name.
        figures: that were measured, by name.
        created_by: version of flowstyle.
    """

    format: int = FORMAT
    name: _Name
    styles: Annotated[tuple[CardStyle, ...], Field(min_length=1, max_length=16)]
    widths: tuple[_Width, _Width]
    blocks: Annotated[int, Field(ge=0, le=MOST_BLOCKS)]
    features: CardFeatures
    steps: Annotated[int, Field(ge=0)]
    minutes: Annotated[float, Field(ge=0)]
    style_size: Annotated[int, Field(ge=1, le=65536)]
    settings: Annotated[dict[_Name, _Value], Field(max_length=64)] = {}
    figures: Annotated[dict[_Name, float], Field(max_length=64)] = {}
    created_by: _Name


def is_trained(path: Path | None) -> bool:
    """Whether a style is given as a trained network, by the name of its file."""
    return path is not None and path.suffix.lower() == SUFFIX
