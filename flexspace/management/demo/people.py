"""Who can sign in to the demo. The seed makes these people; the banner names them."""

from dataclasses import dataclass

PASSWORD = "practice-only-2026"  # noqa: S105  (of made-up people in a demo that takes no real money)


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up member of the staff. ``role`` is a value of ``core.roles.Role``."""

    email: str
    name: str
    role: str


PEOPLE = (
    Person("ben@flexspace.example", "Ben Okafor", "front_desk"),
    Person("mia@flexspace.example", "Mia Sato", "manager"),
    Person("ada@flexspace.example", "Ada Lindqvist", "admin"),
)
