"""A state in one or two words, as pages show it. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Badge:
    """A word and the tone it is shown in (the end of a ``badge--…`` class)."""

    label: str
    tone: str
