"""What is asked of a site, and what it is told."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from access.salto_client.calls import Calls, Tokens
from access.salto_client.errors import SaltoUnreachable
from access.salto_client.objects import person, site, text
from access.world import Person, Site

ID = re.compile(r"[0-9A-Za-z-]{1,36}\Z")
AT_ONCE = 100  # users in one change of a group


class SaltoClient(Calls):
    """One site. Users are named by the site's id, group members by the platform's."""

    def __init__(self, tokens: Tokens, site_id: str = "") -> None:
        super().__init__(tokens)
        self._site_id = site_id

    def sites(self) -> list[Site]:
        """Return the sites our user belongs to."""
        return [_read(site, item) for page in self.pages("/v1.2/sites") for item in page]

    def site(self) -> Site:
        """Return the site: seats, owner, whether its subscription is valid."""
        return _read(site, self.call("GET", self._at("v1.2")))

    def me(self) -> Person:
        """Return the user we are signed in as."""
        return _read(person, self.call("GET", self._at("v1.2", "me")))

    def role_ids(self, codes: Sequence[str]) -> list[str]:
        """Return the ids of roles by their codes: they differ from site to site."""
        found = {
            text(item, "code"): text(item, "id") for page in self.pages(self._at("v1.2", "roles")) for item in page
        }
        return [found[code] for code in codes if code in found]

    def users(self) -> Iterator[list[Person]]:
        """Yield all users, page by page."""
        for page in self.pages(self._at("v1.2", "users")):
            yield [_read(person, item) for item in page]

    def user(self, site_user: str) -> Person:
        """Return one user."""
        return _read(person, self.call("GET", self._at("v1.2", "users", site_user)))

    def users_of(self, email: str) -> list[Person]:
        """Return the users with this address."""
        quoted = email.replace("'", "''")
        pages = self.pages(self._at("v1.2", "users"), **{"$filter": f"user/email eq '{quoted}'"})
        return [_read(person, item) for page in pages for item in page]

    def invite(self, *, first_name: str, last_name: str, email: str, role_ids: Sequence[str]) -> Person:
        """Make a user; SALTO KS mails an invitation. Never repeated: a second one would be a second seat."""
        body: dict[str, Any] = {"first_name": first_name, "last_name": last_name, "role_ids": list(role_ids)}
        if email:  # an empty one is refused
            body["email"] = email
        return _read(person, self.call("POST", self._at("v1.2", "users"), body=body, repeat=False))

    def set_state(self, site_user: str, state: str) -> None:
        """Subscribe or suspend a user. A success says nothing about the outcome: read the user afterwards."""
        self.call("PATCH", self._at("v1.2", "users", site_user, "subscription"), body={"state": state})

    def groups(self) -> dict[str, str]:
        """Return all access groups: id → name."""
        found = {}
        for page in self.pages(self._at("v1.2", "access_groups")):
            found.update({text(item, "id"): text(item, "customer_reference") for item in page})
        return found

    def members(self, group: str) -> frozenset[str]:
        """Return the platform ids of everybody in a group."""
        pages = self.pages(self._at("v1.1", "access_groups", group, "users"))
        return frozenset(text(item, "id") for page in pages for item in page)

    def change_members(self, group: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Put people into a group and take others out, by platform id; all of them or none."""
        body = {name: list(ids) for name, ids in (("add_ids", add), ("remove_ids", remove)) if ids}
        if body:
            self.call("PATCH", self._at("v1.1", "access_groups", group, "users"), body=body)

    def has_schedule(self, group: str) -> bool:
        """Return whether a group has a time schedule; without one it opens nothing."""
        return any(page for page in self.pages(self._at("v1.1", "access_groups", group, "time_schedules")))

    def _at(self, version: str, *rest: str) -> str:
        for part in (self._site_id, *rest):
            if not (ID.match(part) or part in ("access_groups", "time_schedules")):
                raise ValueError(f"{part!r} is not an id of SALTO KS.")
        return "/".join((f"/{version}/sites", self._site_id, *rest))


def _read(shape: Any, item: Any) -> Any:
    """Read an answer; one of another shape says nothing about the outcome."""
    try:
        return shape(item)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SaltoUnreachable("SALTO KS answered in an unknown shape.", code="unknown_shape") from error
