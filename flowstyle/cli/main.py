"""The command line: commands are registered here, errors become exit codes here."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from flowstyle.cli.arguments import HELP, PROGRAM, Words, take_apart
from flowstyle.cli.help_page import ALL, arrange
from flowstyle.cli.mistaken import check_words
from flowstyle.cli.progress import drop_unread, print_error
from flowstyle.cli.usage import PARSER_ERROR, from_parser, options_of, with_hint
from flowstyle.core.errors import FlowstyleError, Interrupted, OutOfMemoryError, UsageError
from flowstyle.core.signals import die_of, end_at_interrupt
from flowstyle.version import __version__

COMMANDS = (
    "run",
    "preview",
    "batch",
    "image",
    "train",
    "styles",
    "presets",
    "weights",
    "flow",
    "mask",
    "debug",
    "compare",
    "eval",
    "report",
    "doctor",
    "studio",
)

CLOSED_PIPE = 128 + 13

app = typer.Typer(
    name="flowstyle",
    help="Paints a video in the style of a picture, without flicker.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"flowstyle {__version__}")
        raise typer.Exit


@app.callback()
def _flowstyle(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Paints a video in the style of a picture, without flicker."""


for _command in COMMANDS:
    import_module(f"flowstyle.cli.{_command}").register(app)


def main() -> None:
    """Entry point of the ``flowstyle`` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # × and → in a terminal that knows neither
            stream.reconfigure(errors="replace")
    end_at_interrupt()
    try:
        code = run(sys.argv[1:])
        _flush()
    except BrokenPipeError:
        code = _unread()
    except SystemExit as ended:  # by which the parser and Rich answer a closed pipe, with 1
        if not isinstance(ended.__context__, BrokenPipeError):
            raise
        code = _unread()
    sys.exit(code)


def _flush() -> None:
    """Print what is left; but for a closed pipe Python itself says what prevents it."""
    try:
        print(end="", flush=True)
    except BrokenPipeError:
        raise
    except OSError:
        return


def _unread() -> int:
    """End quietly where nobody reads on, as in ``flowstyle doctor | head -1``.

    Returns:
        The exit code of programs that end so by the signal SIGPIPE.
    """
    drop_unread(sys.__stdout__)
    drop_unread(sys.__stderr__)
    return CLOSED_PIPE


def run(arguments: Sequence[str]) -> int:
    """Run one command; what goes wrong is explained on stderr.

    Args:
        arguments: without the program's name.

    Returns:
        The exit code.
    """
    words, typed = Words(), list(arguments)
    try:
        words = take_apart(arguments, options_of(app))
        check_words(words)
        command: Any = typer.main.get_command(app)
        if not words.command:  # help is given, or the version, whatever else was typed
            typed = _asks_for_help(arguments)
            # A shell that completes gives no words: nothing is hidden from it.
            arrange(command, everything=ALL in arguments or not arguments)
        code = command(typed, prog_name="flowstyle", standalone_mode=False)
        return code or (0 if arguments else UsageError.exit_code)
    except Interrupted as error:
        print_error(error)
        die_of(error.signum)
        return error.exit_code
    except FlowstyleError as error:
        print_error(with_hint(error, words) if isinstance(error, UsageError) else error)
        return error.exit_code
    except Exception as error:
        explained = _explained(error, words)
        if explained is None:
            raise
        print_error(explained)
        return explained.exit_code


def _asks_for_help(arguments: Sequence[str]) -> list[str]:
    """The words that give help on a command or on all, whatever else was typed.

    Args:
        arguments: of which one asks for help, or which begin with an option of the program.
    """
    first = arguments[0] if arguments else HELP[0]
    if first in PROGRAM:
        return list(arguments[:2])
    return [HELP[0]] if first in HELP else [first, HELP[0]]


def _explained(error: Exception, words: Words) -> FlowstyleError | None:
    """An error of the parser or of the memory in our words; None for a mistake of ours."""
    if isinstance(error, PARSER_ERROR):
        return from_parser(error, words)
    from flowstyle.core.memory import is_out_of_memory  # torch: only where it is loaded already

    if not is_out_of_memory(error):
        return None
    return OutOfMemoryError(
        "the memory does not suffice",
        str(error).strip().splitlines()[0] if str(error).strip() else "this machine",
        "close other programs, or use a smaller --width and smaller pictures",
    )
