"""The trained networks of this machine by name: no file is opened, and no torch is needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flowstyle.core import disk
from flowstyle.core.nearby import nearest
from flowstyle.core.places import cache_folder
from flowstyle.networks.card import SUFFIX, is_trained

BUNDLED = Path(__file__).parent / "bundled"
"""Folder of the networks that come with the program."""

MOST_NAMED = 12
"""Networks that a message names."""


def own_folder() -> Path:
    """Folder of the user's own networks; it need not exist."""
    return cache_folder() / "styles"


def network_files() -> Iterator[Path]:
    """Files of networks, bundled ones first, by name."""
    for folder in (BUNDLED, own_folder()):
        if disk.is_folder(folder):
            yield from sorted(filter(is_trained, folder.iterdir()))


def network_names() -> list[str]:
    """What stands in the place of a style picture: ``candy`` for ``candy.safetensors``."""
    return sorted({path.stem for path in network_files()})


def is_a_network(name: str) -> bool:
    """Whether a network has this name, without suffix."""
    return name in network_names()


def located(path: Path) -> Path:
    """Where a network lies that was given by name: there, or else in one of the folders.

    Args:
        path: what the user gave, with its suffix; a plain name is looked for in the folders too.

    Example:
        >>> located(Path("no such network.safetensors")).name
        'no such network.safetensors'
    """
    if not disk.why_missing(path) or path.name != str(path):
        return path
    places = (folder / path.name for folder in (own_folder(), BUNDLED))
    return next((place for place in places if not disk.why_missing(place)), path)


def meant_network(name: str) -> str:
    """What to do about a name that no network has: the nearest one, and which there are.

    Args:
        name: as it was given, without suffix.

    Example:
        >>> meant_network("candi").split(" (")[0]
        'did you mean candy?'
    """
    names = network_names()
    near = nearest(name, names, cutoff=0.6)
    more = ", …" if len(names) > MOST_NAMED else ""
    there = f"flowstyle styles lists those there are: {', '.join(names[:MOST_NAMED])}{more}"
    return f"did you mean {near}? ({there})" if near else there


def result_name(style: Path) -> str:
    """What a style gives to the names of results: that of a network says that it is one.

    So the picture ``candy.jpg`` and the network ``candy`` do not meet at one result.

    Args:
        style: a picture, or a network's file.

    Example:
        >>> result_name(Path("in/candy.jpg")), result_name(Path("candy.safetensors"))
        ('candy', 'candy-network')
    """
    return f"{style.stem}-network" if is_trained(style) else style.stem


def as_network(style: Path, base: Path = Path()) -> Path:
    """A style that is given by the bare name of a network, as the name of its file.

    Args:
        style: what the user gave; whatever lies at that path goes before a network of that name.
        base: folder from which that path counts.

    Example:
        >>> as_network(Path("candy")).name, as_network(Path("no such style")).name
        ('candy.safetensors', 'no such style')
    """
    if style.name != str(style) or not disk.why_missing(base / style):
        return style
    return style.with_name(style.name + SUFFIX) if style.name in network_names() else style
