"""What a plan is made of."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from access.enums import FindingKind, StepKind, StopCode


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do for ``member``. ``why`` is a reason code; ``since`` orders those who need a seat."""

    kind: StepKind
    member: int
    group: str = ""
    why: str = ""
    platform: str = ""  # of the user to link, when it is not linked yet
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was seen and is left to people."""

    kind: FindingKind
    member: int | None = None
    platform: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why something was held back. ``firm`` ones cannot be waved through: the facts themselves are in doubt."""

    code: StopCode
    firm: bool = False
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order in which they are done, what was held back, and what was seen."""

    steps: tuple[Step, ...] = ()
    held_back: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    stops: tuple[Stop, ...] = ()
    seats_before: int = 0
    seats_after: int = 0
    seats_bought: int = 0

    def count(self) -> Counter[StepKind]:
        """Return how many steps there are of each kind."""
        return Counter(step.kind for step in self.steps)
