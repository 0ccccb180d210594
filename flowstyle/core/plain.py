"""Text that stays on its line: names of files may hold newlines, and codes that terminals obey."""

from __future__ import annotations

import unicodedata

_KINDS = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's categories of control characters, halves of pairs, ends of lines and paragraphs."""

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of writing: with them a name can look like another one."""


def one_line(text: object) -> str:
    r"""Show what is no letter, sign or space as Python writes it.

    Args:
        text: anything; a backslash stays as it is.

    Example:
        >>> one_line("new\nline\x1b[31m.mp4")
        'new\\nline\\x1b[31m.mp4'
    """
    return "".join(
        char.encode("unicode_escape").decode("ascii") if _is_control(char) else char
        for char in str(text)
    )


def _is_control(char: str) -> bool:
    return char in _TURNING or unicodedata.category(char) in _KINDS
