"""How long a stage of long work will still take, from what its units have taken so far."""

from __future__ import annotations

from collections import deque
from statistics import median_low

LONG = 240
"""Units that are remembered: work that becomes slower is told by its last hundreds."""
ROUND = 12
"""Units among which what single ones take longer is shared out, until so many are done. In
``default`` one frame in twelve may have another one painted ahead for it, and takes four to nine
times as long; it is among the first."""


class TimeLeft:
    """Seconds that one stage will still take.

    Example:
        >>> left = TimeLeft()
        >>> left.told(1, 0.0), left.told(2, 40.0), left.told(3, 45.0), left.told(4, 50.0)
        (True, False, False, False)
        >>> round(left.seconds(24), 1)  # 5 s for most units, 35 s more for one in twelve
        158.3
    """

    def __init__(self) -> None:
        self._taken: deque[float] = deque(maxlen=LONG)
        self._done = 0
        self._then: float | None = None

    def told(self, done: int, now: float) -> bool:
        """Take the time of the units done since the last call; whether the stage begins (again).

        Args:
            done: units of the stage that are done.
            now: seconds, of a clock that only goes forward.
        """
        begins = self._then is None or done < self._done
        if begins:
            self._taken.clear()
        elif done > self._done and self._then is not None:
            units = done - self._done
            self._taken.extend([(now - self._then) / units] * min(units, LONG))
        if begins or done > self._done:
            self._then = now
        self._done = done
        return begins

    def seconds(self, total: int) -> float | None:
        """What the rest up to ``total`` units will take; None where nothing is known yet.

        The usual time is the (lower) median; what single units take longer is shared among all of
        them, and among :data:`ROUND` at least.
        """
        if not self._taken:
            return None
        usual = median_low(self._taken)
        more = sum(self._taken) - usual * len(self._taken)
        return max(0, total - self._done) * (usual + more / max(len(self._taken), ROUND))
