"""What ``--help`` shows: the options that people need, examples, and where the others are.

Every command keeps all its options; ``--help-all`` lists them by what they are about.
"""

from __future__ import annotations

from typing import Any

from flowstyle.cli.tables import rows_of

ALL = "--help-all"

EVERYDAY: dict[str, tuple[str, ...]] = {
    "run": (
        *("--output", "--preset", "--width", "--start-frame", "--frames"),
        *("--style-weight", "--style-scale", "--stability", "--original-colors"),
        *("--effort", "--budget", "--estimate", "--device", "--settings"),
        *("--debug", "--overwrite", "--restart", "--quiet", "--verbose"),
    ),
    "image": (
        *("--output", "--preset", "--width", "--style-weight", "--style-scale"),
        *("--original-colors", "--match-colors", "--alpha-beta", "--effort", "--device"),
        *("--overwrite", "--quiet"),
    ),
}
"""Options that ``--help`` shows, in this order; a command that is not listed shows all."""

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("flowstyle preview clip.mp4 style.jpg", "a look, and what the render takes"),
        ("flowstyle run clip.mp4 style.jpg", "a clip in the style of a picture"),
        ("flowstyle image photo.jpg style.jpg", "a photograph"),
        ("flowstyle COMMAND --help", "what a command takes, with examples"),
    ),
    "run": (
        ("flowstyle run clip.mp4 style.jpg", "clip_style.mp4"),
        ("flowstyle run clip.mp4 style.jpg --preset draft", "a quick look"),
        ("flowstyle run clip.mp4 candy", "by a network: faster"),
        ("flowstyle run frames/ a.jpg b.jpg -o out.mov", "frames, ProRes"),
        ("flowstyle run clip.mp4 style.jpg --budget 30m", "done in half an hour"),
    ),
    "preview": (
        ("flowstyle preview clip.mp4 style.jpg", "clip_style.preview.png, in 20 seconds"),
        ("flowstyle preview clip.mp4 a.jpg b.jpg", "both beside each other"),
    ),
    "batch": (
        ("flowstyle batch jobs.toml --dry-run", "what would be painted"),
        ("flowstyle batch jobs.toml", "all of it, goes on where it stopped"),
    ),
    "image": (
        ("flowstyle image photo.jpg style.jpg", "photo_style.png"),
        ("flowstyle image photo.jpg style.jpg --alpha-beta 1e-3", "more style"),
        ("flowstyle image photo.jpg style.jpg --sweep", "from style to photo"),
    ),
    "train": (
        ("flowstyle train style.jpg", "in ten minutes"),
        ("flowstyle train style.jpg --minutes 60 --pictures photos/", "better paint"),
    ),
    "styles": (
        ("flowstyle styles", "all networks, with their figures"),
        ("flowstyle styles candy --show candy.png", "its picture"),
        ("flowstyle styles style.jpg", "the one for this picture"),
    ),
    "presets": (
        ("flowstyle presets", "all, with what they change"),
        ("flowstyle presets draft", "all that one of them sets"),
    ),
    "weights": (
        ("flowstyle weights", "what is here, and what is not"),
        ("flowstyle weights fetch", "VGG19's, 548 MB, once"),
        ("flowstyle weights import vgg19-dcbb9e9d.pth", "a copy of the file"),
    ),
    "flow": (
        ("flowstyle flow clip.mp4", "clip_flow.mp4"),
        ("flowstyle flow clip.mp4 --write-flo flows/", "the vectors too"),
    ),
    "mask": (("flowstyle mask backward_2_1.flo forward_1_2.flo -o mask.png", "white: trust"),),
    "debug": (("flowstyle debug out.mp4 --frame 12 -o frame.png", "flow, masks, warp error"),),
    "compare": (
        ("flowstyle compare clip.mp4 out.mp4 -o both.mp4", "side by side"),
        ("flowstyle compare clip.mp4 out.mp4 -o wipe.mp4 --wipe", "a border that moves"),
    ),
    "report": (("flowstyle report out.mp4", "out.mp4.report/index.html, nothing is painted"),),
    "eval": (
        ("flowstyle eval clip.mp4 styled.mp4", "of any tool"),
        ("flowstyle eval clip.mp4 styled.mp4 --style style.jpg", "style too"),
    ),
    "studio": (
        ("flowstyle studio", "on this machine alone"),
        ("flowstyle studio --folder clips --folder art", "what it may read"),
    ),
    "doctor": (("flowstyle doctor", "GPU, codecs, weights, disk: what is there, what lacks"),),
}
"""Command to lines that can be typed as they are, and what each gives."""


def arrange(group: Any, *, everything: bool) -> None:
    """Decide what the help of every command shows.

    Args:
        group: the program's commands as the parser has them; changed in place.
        everything: all options, in their panels.
    """
    group.epilog = _epilog("", 0)
    for name, command in group.commands.items():
        hidden = 0
        if name in EVERYDAY and not everything:
            hidden = _shorten(command, EVERYDAY[name])
        command.epilog = _epilog(name, hidden)


def _shorten(command: Any, everyday: tuple[str, ...]) -> int:
    """Hide all but some options, and show those in one panel and in their order.

    Returns:
        How many are hidden.
    """
    place = {flag: number for number, flag in enumerate(everyday)}

    def rank(param: Any) -> int:
        if param.param_type_name != "option":
            return -1
        return min((place[flag] for flag in param.opts if flag in place), default=len(place))

    command.params.sort(key=rank)
    others = [one for one in command.params if rank(one) == len(place)]
    for one in command.params:
        if one.param_type_name == "option":
            one.rich_help_panel = None
    for one in others:
        one.hidden = True
    return len(others)


def _epilog(name: str, hidden: int) -> str:
    """Examples of a command, and where its other options are listed."""
    examples = rows_of([(f"  {line}", what) for line, what in EXAMPLES.get(name, ())])
    parts = ["\n".join(["Examples:", *examples])] if examples else []
    if hidden:
        parts.append(f"{hidden} more options: flowstyle {name} {ALL}")
    return "\n\n".join(parts)
