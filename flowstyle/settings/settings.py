"""All settings of a render in one frozen object, joined from the groups.

Access is flat (``settings.style_weight``), and so are settings files.
"""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from flowstyle.settings.declaration import PRESETS, setting
from flowstyle.settings.groups.computation import Computation
from flowstyle.settings.groups.following import Following
from flowstyle.settings.groups.losses import Losses
from flowstyle.settings.groups.masks import Masks
from flowstyle.settings.groups.optimisation import Optimisation
from flowstyle.settings.groups.piece import Piece
from flowstyle.settings.groups.result import Result
from flowstyle.settings.groups.sweeps import Sweeps
from flowstyle.settings.stability import stability_values


# The last base gives the first fields: listed from the bottom up, they read from piece to result.
class Settings(Result, Computation, Masks, Sweeps, Following, Optimisation, Losses, Piece):
    """What decides the pixels of a render (and therefore belongs to a work folder's fingerprint).

    Every field is explained where it is declared, in :mod:`flowstyle.settings.groups`, and listed
    in ``docs/reference/settings.md``.
    """

    preset: str = setting(
        "default",
        panel=PRESETS,
        help="Name of the preset that the other values start from.",
    )

    @classmethod
    def from_preset(cls, name: str, **changes: Any) -> Settings:
        """Settings of a preset, with changes.

        Other than ``Settings(...)``, this applies what goes with a change: the step of L-BFGS where
        ``optimizer="lbfgs"`` is asked for, see
        :func:`flowstyle.settings.load_settings`.

        Args:
            name: one of :func:`flowstyle.settings.preset_names`.
            changes: fields by name.

        Returns:
            Valid settings.

        Raises:
            UsageError: no such preset or field, or a value that is not allowed.

        Examples:
            >>> Settings.from_preset("draft", style_weight=8, width=640).iterations
            3
            >>> Settings.from_preset("default", optimizer="lbfgs").learning_rate
            1.0
        """
        from flowstyle.settings.loading import put_together  # it builds Settings

        return put_together(changes, preset=name)

    def changed(self, **changes: Any) -> Settings:
        """The same settings but for some fields, checked like all others.

        Args:
            changes: fields by name. ``stability`` is applied to the weights and iterations as they
                are.

        Raises:
            UsageError: no such field, or a value that is not allowed.

        Examples:
            >>> Settings.from_preset("draft").changed(style_scale=0.5).iterations
            3
        """
        from flowstyle.settings.loading import validated  # it builds Settings

        values = {**self.model_dump(exclude={"stability"}), **changes}
        new = validated(values)
        if "stability" in changes:
            return new
        return new.model_copy(update={"stability": self.stability})

    @model_validator(mode="before")
    @classmethod
    def _dial(cls, values: Any) -> Any:
        dial = values.get("stability") if isinstance(values, dict) else None
        if isinstance(dial, int | float) and 0 <= dial <= 1:  # else the field's own check speaks
            return {**values, **stability_values(values)}
        return values

    @model_validator(mode="after")
    def _layers_are_named(self) -> Settings:
        if not self.style_layers and self.style_weight > 0:
            raise ValueError("style_layers must name at least one layer (got none)")
        if not self.content_layers and self.content_weight > 0:
            raise ValueError(
                f"content_layers must name at least one layer (got {self.content_layers})"
            )
        return self
