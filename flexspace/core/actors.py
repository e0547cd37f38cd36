"""Who did it: every service that writes takes ``by=`` one of these."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flexspace.core.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """``kind``: user, token, job, stripe or link; ``id`` is ours for user and token; ``label`` is what people read."""

    kind: str
    id: str
    label: str

    @classmethod
    def of(cls, user: "User") -> "Actor":
        """Return the actor for a signed-in person."""
        return cls("user", str(user.pk), user.name)

    @classmethod
    def job(cls, name: str) -> "Actor":
        """Return the actor for work that runs by itself."""
        return cls("job", name, "Flexspace")

    @classmethod
    def stripe(cls) -> "Actor":
        """Return the actor for what Stripe reported."""
        return cls("stripe", "stripe", "Stripe")

    @classmethod
    def payer(cls) -> "Actor":
        """Return the actor for a customer who follows a link we sent: nobody signed in, so nobody is named."""
        return cls("link", "link", "Customer")

    @property
    def user_id(self) -> int | None:
        """Return the person's id, when it was a person."""
        return int(self.id) if self.kind == "user" else None
