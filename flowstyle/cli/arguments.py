"""The words of a command line, looked at before the parser reads them: what is an option, what not.

The parser takes ``-output out.mp4`` for ``-o utput`` and an empty word for the current folder; here
such words are refused, and options of other programs are explained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flowstyle.cli.other_words import command_for, is_other_word, option_for
from flowstyle.core import disk
from flowstyle.core.errors import UsageError
from flowstyle.core.nearby import DASHES

HELP = ("--help", "-h", "--help-all")
PROGRAM = ("--version", "--install-completion", "--show-completion")
"""Options of the program itself."""
Options = Mapping[str, Mapping[str, bool]]
"""Of each command: its options, and whether each takes a value."""


@dataclass(frozen=True)
class Words:
    """A command line taken apart.

    Attributes:
        command: its name; empty where there is none to look at (``--help``).
        named: words that belong to no option: the clip, the styles.
        values: of options, as they were given.
    """

    command: str = ""
    named: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)

    @property
    def output(self) -> str | None:
        """What the result is to be called, if that was said."""
        return self.values.get("-o", self.values.get("--output"))


def take_apart(arguments: Sequence[str], options: Options) -> Words:
    """Sort the words of a command line.

    Args:
        arguments: without the program's name.
        options: of each command.

    Raises:
        UsageError: there is no such command or option, or a value is missing.
    """
    if not arguments or arguments[0] in (*HELP, *PROGRAM):
        return Words()
    command, *rest = arguments
    if rest[:1] == [command] and disk.why_missing(Path(command)):
        line = " ".join(("flowstyle", *rest))
        raise UsageError(f"{command} stands there twice", f"flowstyle {command} {command}", line)
    if command not in options:
        raise _no_command(arguments, tuple(options))
    if any(word in HELP for word in rest):
        return Words()
    return _Sorter(command, rest, options).sorted()


def _no_command(arguments: Sequence[str], commands: tuple[str, ...]) -> UsageError:
    """Explain a first word that is no command."""
    word, *rest = arguments
    inner = word.split()
    where = " ".join(("flowstyle", *arguments[:4]))
    later = next((one for one in rest if one in commands), "")
    if word.startswith("-") and later:
        return UsageError(
            f"the option {word} stands before the command", where, f"begin with flowstyle {later}"
        )
    if word == "flowstyle" or (len(inner) > 1 and inner[0] in commands):
        line = " ".join(("flowstyle", *rest)) if len(inner) == 1 else f"flowstyle {word}"
        return UsageError(f"there is no command {word!r}", where, f"write {line}")
    meant = "" if Path(word).suffix else command_for(word, commands)
    if meant:
        words = [later, *HELP[:1]] if meant == HELP[0] and later else [meant]
        line = " ".join(("flowstyle", *words, *(rest if meant in commands else ())))
        return UsageError(f"there is no command {word!r}", where, f"did you mean {line}?")
    if word.startswith("-") or not disk.why_missing(Path(word)) or Path(word).suffix:
        from flowstyle.media.picture_folder import is_picture

        command = "image" if is_picture(Path(word)) else "run"
        line = " ".join(("flowstyle", command, *arguments))
        return UsageError("the command is missing", where, f"did you mean {line}?")
    return UsageError(
        f"there is no command {word!r}", where, f"the commands are {', '.join(commands)}"
    )


class _Sorter:
    """Goes through the words after the command, one by one."""

    def __init__(self, command: str, words: Sequence[str], options: Options) -> None:
        self._command = command
        self._words = list(words)
        self._options = options
        self._known = options[command]
        self._named: list[str] = []
        self._values: dict[str, str] = {}

    def sorted(self) -> Words:
        """All words."""
        while self._words:
            word = self._words.pop(0)
            if word == "--":
                self._named += self._words
                break
            if not word or word.isspace():
                raise self._error("a word is empty", "", "is a variable of the shell not set?")
            if word[0] in DASHES and disk.why_missing(Path(word)):
                meant = "--" + word.lstrip(DASHES + "-")
                why = "options begin with plain hyphens"
                raise self._error(f"{word} begins with another dash", word, f"{why}: {meant}")
            if word.startswith("-") and word != "-":
                self._option(word)
            else:
                self._named.append(word)
        return Words(self._command, tuple(self._named), self._values)

    def _option(self, word: str) -> None:
        """Take an option and its value."""
        name, equals, value = word.partition("=")
        if name not in self._known:
            self._short(word)
        elif not self._known[name]:
            return
        elif equals:
            if not name.startswith("--"):
                raise self._error(f"{name} takes no equals sign", word, f"write {name} {value}")
            self._values[name] = value
        else:
            self._values[name] = self._value_of(name)

    def _value_of(self, name: str) -> str:
        """The word after an option."""
        if not self._words or self._words[0] in self._known:
            raise self._error(
                f"{name} lacks its value", name, f"flowstyle {self._command} --help says which"
            )
        value = self._words.pop(0)
        if not value and name in ("-o", "--output"):
            raise self._error(
                f"the word after {name} is empty", name, "is a variable of the shell not set?"
            )
        return value

    def _short(self, word: str) -> None:
        """Take ``-oOUT``, or explain an option that does not exist."""
        known, single = self._known, not word.startswith("--")
        bare = word.lstrip("-").partition("=")[0]
        joined = single and known.get(word[:2], False)
        if joined and f"--{bare}" not in known and not is_other_word(bare):
            self._values[word[:2]] = word[2:]
            return
        raise self._no_option(word)

    def _no_option(self, word: str) -> UsageError:
        """Explain an option that does not exist."""
        name, _, value = word.partition("=")
        if not value and self._words and not self._words[0].startswith("-"):
            value = self._words[0]
        elsewhere = [one for one in self._options if name in self._options[one]]
        if elsewhere and not is_other_word(name):
            return self._error(
                f"{self._command} has no option {name}",
                word,
                f"it is one of flowstyle {', '.join(elsewhere)}",
            )
        if not disk.why_missing(Path(word)):
            return self._error(f"there is no option {name}", word, f"did you mean ./{word}?")
        takes = self._known.get("--" + name.lstrip("-").replace("_", "-"), True)
        hint = option_for(name, value if takes else "", list(self._known))
        hint = hint.replace("COMMAND", self._command)
        first = hint.partition(" ")[0]
        if first in self._known and not self._known[first]:
            hint = first  # it takes no value
        foreign = first.startswith("-") and first not in self._known and first not in HELP
        if foreign and any(first in options for options in self._options.values()):
            hint = ""  # only another command has it
        usual = f"flowstyle {self._command} --help lists the options"
        if first.startswith("-") or first == "flowstyle":
            hint = f"did you mean {hint}?"
        advice = f"{hint} ({usual})" if hint else usual
        return self._error(f"there is no option {name}", word, advice)

    def _error(self, what: str, word: str, advice: str) -> UsageError:
        return UsageError(what, f"flowstyle {self._command} … {word}".strip(), advice)
