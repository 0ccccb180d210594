"""What is done to finished frames: colours, and pixels that stand still."""

from __future__ import annotations

from flowstyle.settings.declaration import LOSSES, WORK, Group, setting


class Result(Group):
    """What is done to finished frames."""

    original_colors: bool = setting(
        False,
        panel=LOSSES,
        flag="--original-colors/--style-colors",
        help="Keep the clip's colours; the picture gives brightness and brushwork only.",
    )
    hold_colors: bool = setting(
        True,
        panel=WORK,
        cli=False,
        needs=["following"],
        help="Take out of every frame the change of mean colour that the source does not have.",
    )
    lock_static: bool = setting(
        True,
        panel=WORK,
        cli=False,
        needs=["own_masks", "following"],
        help="Pixels where the source stands still keep their value exactly.",
    )
