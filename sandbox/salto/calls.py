"""One call of the Connect API as its function sees it, and what it answers."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.salto.errors import invalid, invalid_value
from sandbox.salto.space import Body, Realm, Site


@dataclass(frozen=True)
class Answer:
    """A status and a body; None is no body at all."""

    status: int
    body: Any = None


@dataclass
class Call:
    """Who calls, at which site, with what. `address` is the absolute URL without its query."""

    realm: Realm
    caller: Body
    version: str
    address: str
    query: dict[str, str] = field(default_factory=dict)
    body: Body = field(default_factory=dict)
    # The site and the caller as its user; only `GET /sites` has none.
    place: Site | None = None
    me: Body | None = None
    short: bool = False

    @property
    def site(self) -> Site:
        """Return the site of the call."""
        assert self.place is not None
        return self.place

    def text(self, name: str, *, needed: bool = True) -> str | None:
        """Return a text of the body. Raises the 400 of a missing (1100) or an empty one (1101)."""
        if name not in self.body or self.body[name] is None:
            if needed:
                raise invalid(f"The {name} field is required.")
            return None
        value = self.body[name]
        if not isinstance(value, str) or not value.strip():
            raise invalid_value(f"The value of {name} is invalid.")
        return value

    def flag(self, name: str) -> bool | None:
        """Return a yes or no of the body, None without one. Raises the 400 1101 of anything else."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, bool):
            raise invalid_value(f"The value of {name} is invalid.")
        return value

    def ids(self, name: str) -> list[str]:
        """Return a list of ids of the body, empty without one. Raises the 400 1101 of anything else."""
        value = self.body.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise invalid_value(f"The value of {name} is invalid.")
        return value
