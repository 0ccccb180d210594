"""What the parser or a setting refuses, in three parts, with what was probably meant."""

from __future__ import annotations

import re
from typing import Any

import typer

from flowstyle.cli.arguments import Options, Words
from flowstyle.cli.other_words import value_for
from flowstyle.core.errors import UsageError
from flowstyle.media.encoders import CODECS
from flowstyle.settings import preset_names
from flowstyle.settings.catalogue import fields, limits_of

PARSER_ERROR = typer.BadParameter.__mro__[1]
"""What the parser raises; typer gives no name to it."""

TIMES = ("--budget", "--tune")
"""Options that take a time, with its unit: a number alone is none."""

WIDTHS = {"480": 854, "720": 1280, "1080": 1920, "1440": 2560, "2160": 3840}
"""Of frames 16:9, by their height."""


def options_of(app: typer.Typer) -> Options:
    """The options of each command of an app, and whether each takes a value."""
    group: Any = typer.main.get_command(app)
    return {
        name: {
            flag: not option.is_flag
            for option in command.params
            if option.param_type_name == "option"
            for flag in (*option.opts, *option.secondary_opts)
        }
        for name, command in group.commands.items()
    }


def from_parser(error: Any, words: Words) -> UsageError:
    """An error of the parser in three parts.

    Args:
        error: a :data:`PARSER_ERROR`.
        words: of the command line.
    """
    names = getattr(getattr(error, "param", None), "opts", None) or [""]
    option = next((name for name in names if name in words.values), names[0])
    value = words.values.get(option)
    text = str(error.message).strip().rstrip(".") or f"{option} is missing"
    if value is None:
        return UsageError(text, option, _help(words))
    if "valid integer" in text or "valid number" in text:
        text = "this is no whole number" if "integer" in text else "this is no number"
    bound = _bound(text)
    if bound:
        return UsageError(f"{option} {value} cannot be", option, f"give {bound}")
    near = value_for(option, value, [])
    field = next((name for name, f in fields().items() if f.option == option), "")
    limits = f"give {limits_of(field)}" if limits_of(field) else _help(words)
    advice = f"{option} {near}" if near else number_for(option, value) or limits
    return UsageError(f"{option} {value}: {text}", option, advice)


def _bound(text: str) -> str:
    """What a number may be, from what the parser says of one that is too small or too large.

    Example:
        >>> _bound("Input should be greater than or equal to 1"), _bound("no file")
        ('1 or more', '')
        >>> _bound("99999 is not in the range 1<=x<=65535.")
        '1 to 65535'
    """
    least = re.search(r"greater than or equal to (\S+)|([\d.]+)<=x|x>=([\d.]+\d|\d)", text)
    most = re.search(r"less than or equal to (\S+)|x<=([\d.]+\d|\d)", text)
    low, high = (next(filter(None, one.groups()), "") if one else "" for one in (least, most))
    if low and high:
        return f"{low} to {high}"
    return f"{low} or more" if low else f"{high} or less" if high else ""


def with_hint(error: UsageError, words: Words) -> UsageError:
    """The same error, with the value that was probably meant where one is near."""
    option = error.where
    value = words.values.get(option)
    if value is None:
        return error
    near = value_for(option, value, _choices(option))
    if near and near != value:
        known = error.advice.removeprefix(f"did you mean {near}? ")
        error.advice = f"did you mean {option} {near}? ({known})"
    else:
        error.advice = number_for(option, value) or error.advice
    return error


def number_for(option: str, value: str) -> str:
    """What was probably meant by a value that is no number, or none that will do; "" if unsure.

    Args:
        option: that it was given to.
        value: as it was given.

    Example:
        >>> number_for("--width", "1280x720"), number_for("--stability", "60%")
        ('--width 1280, the height follows', '--stability 0.6, a share from 0 to 1')
    """
    if option in ("--blend", *TIMES) or any(
        f.is_list for f in fields().values() if f.option == option
    ):
        return ""
    sides = re.fullmatch(r"(\d+)\s*[x×:]\s*\d+", value)
    if option == "--width" and sides:
        return f"--width {sides[1]}, the height follows"
    if option == "--width" and value.rstrip("pP") in WIDTHS:
        return f"--width {WIDTHS[value.rstrip('pP')]}, the width in pixels"
    piece = re.fullmatch(r"(\d+)\s*[-:,]\s*(\d+)", value)
    if option == "--frames" and piece and int(piece[2]) >= int(piece[1]):
        return f"--start-frame {piece[1]} --frames {int(piece[2]) - int(piece[1]) + 1}"
    if option in ("--start-frame", "--frames") and re.search(r"[:.,sm]", value):
        return "frames are counted, not seconds: seconds times frames a second"
    number = re.fullmatch(r"(\d+)(?:[.,](\d+))?\s*(%|[A-Za-z]*)", value)
    if number is None:
        return ""
    plain = float(f"{number[1]}.{number[2] or 0}")
    share = next((f.range == "0 to 1" for f in fields().values() if f.option == option), False)
    if share and 1 < plain <= 100:
        percent = "%" in number[3] or plain >= 10  # "2" is no two hundredths
        return f"{option} {plain / 100 if percent else 1:g}, a share from 0 to 1"
    return f"{option} {plain:.10g}" if f"{plain:.10g}" != value else ""


def _choices(option: str) -> list[str]:
    """Values that an option takes, where they are a few."""
    named = {"--preset": preset_names(), "--codec": list(CODECS)}
    if option in named:
        return named[option]
    return [one for f in fields().values() if f.option == option for one in f.choices]


def _help(words: Words) -> str:
    return f"{' '.join(filter(None, ('flowstyle', words.command)))} --help lists the options"
