"""What people read about members: sentences of what happened, and why a bill is what it is."""

from members.explain import held, passes, people, resources, sold
from members.explain.costs import day_words, days_words, every, segment_words, why_words

__all__ = [
    "day_words",
    "days_words",
    "every",
    "held",
    "passes",
    "people",
    "resources",
    "segment_words",
    "sold",
    "why_words",
]
