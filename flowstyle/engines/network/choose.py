"""Which trained network paints in the styles of a render."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from flowstyle.core.errors import UsageError
from flowstyle.guides.styles import StylePicture
from flowstyle.networks.card import SUFFIX, is_trained
from flowstyle.networks.file import TrainedStyle, load_trained
from flowstyle.networks.library import for_picture
from flowstyle.networks.names import is_a_network, located


class NoNetworkError(UsageError):
    """No network was trained for the picture; one could be."""


def trained_for(styles: Sequence[StylePicture]) -> TrainedStyle:
    """The network for the styles of a render.

    Args:
        styles: one, from the file of a network or from a picture that a network was trained for.

    Raises:
        NoNetworkError: there is none for this picture.
        UsageError: there are several styles.
        WeightsError: its file is refused.
    """
    names = [_called(style) for style in styles]
    refuse_beside_others([style.path for style in styles])
    if len(styles) != 1:
        what = "a network paints in the style that it was trained for"
        raise UsageError(what, ", ".join(names), f"{_train(names)}; a blend is trained as such")
    style = styles[0]
    if style.path is not None and is_trained(style.path):
        return load_trained(style.path)
    found = for_picture(style.identity)
    if found is None:
        raise NoNetworkError(
            "no network was trained for this picture",
            names[0],
            f"train one: {_train(names)}; or leave --engine out, which paints any picture",
        )
    return found.trained


def refuse_beside_others(files: Sequence[Path | None]) -> None:
    """Refuse a trained network among several styles.

    Args:
        files: of the styles, None for those that come from no file.

    Raises:
        UsageError: there is one.
    """
    networks = [file for file in files if file is not None and is_trained(file)]
    if networks and len(files) > 1:
        raise UsageError(
            "a trained network was given beside another style",
            ", ".join("a picture" if file is None else _name(file) for file in files),
            f"give one network alone: {_name(networks[0])}; a blend is trained from its pictures: "
            "flowstyle train ONE.jpg OTHER.jpg -o BLEND.safetensors",
        )


def _name(style: Path) -> str:
    """A style as a command names it: a network in a folder of networks without its suffix."""
    plain = Path(style.name)
    known = is_trained(style) and style in (plain, located(plain)) and is_a_network(style.stem)
    return style.stem if known else str(style)


def _called(style: StylePicture) -> str:
    """A style as its user named it: networks in the folders of networks have no path."""
    return (style.name or "a picture") if style.path is None else _name(style.path)


def _train(names: Sequence[str]) -> str:
    """The command that trains a network for pictures."""
    made = "_".join(Path(name).stem for name in names) + SUFFIX
    return shlex.join(("flowstyle", "train", *names, "-o", made, "--minutes", "10"))
