"""Users of a site: list, add, change, remove, subscribe, PIN, keys, guests."""

import re

from sandbox.salto import people, shapes
from sandbox.salto.calls import Answer, Call
from sandbox.salto.errors import SaltoError, invalid, invalid_value, missing, not_allowed
from sandbox.salto.listing import listed
from sandbox.salto.resources.sites import ASSIGNABLE
from sandbox.salto.space import Body

_FIELDS = {
    "id": "id",
    "alias": "alias",
    "blocked": "blocked",
    "user/id": "user.id",
    "user/email": "user.email",
    "user/first_name": "user.first_name",
    "user/last_name": "user.last_name",
}
_FLAGS = ("blocked", "use_pin", "override_privacy_mode", "toggle_easy_office_mode", "toggle_manual_office_mode")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def users(call: Call) -> Answer:
    """List the site's users. Groups are not in it, nor who the owner is."""
    roles, valid = call.site.roles(), call.site.valid
    return listed(call, call.site, "salto.user", _FIELDS, lambda one: shapes.user(call.site, one, roles, valid))


def read(call: Call, user_id: str) -> Answer:
    """Return a user."""
    return Answer(200, shapes.user(call.site, _found(call, user_id)))


def _found(call: Call, user_id: str) -> Body:
    """Return a user by the id at the site; the platform's id finds nobody."""
    return call.site.find("salto.user", user_id, "User")


def add(call: Call) -> Answer:
    """Add a person to the site, and mail an invitation to an e-mail address."""
    names = {"first_name": call.text("first_name"), "last_name": call.text("last_name")}
    email = _email(call)
    role_ids = _role_ids(call)
    tag = _tag(call)
    _checked_flags(call)
    site = call.site
    here = people.by_email(site, email) if email else None
    if here is not None and site.setting("same_email") == "same":
        return Answer(200, shapes.user(site, here))
    if here is not None and site.setting("same_email") == "refuse":
        raise invalid("A user with this e-mail is already at the site.")
    known = people.profile_of(site.realm, email) if email and here is None else None
    profile = known or people.make_profile(site.realm, {**names, "email": email})
    return _added(call, profile, role_ids, tag)


def add_existing(call: Call) -> Answer:
    """Add somebody who has a profile on the platform, by the platform's id."""
    profile = call.site.realm.find("salto.profile", call.text("id") or "", "User")
    if people.by_platform(call.site, profile["id"]) is not None:
        raise invalid("The user is already at the site.")
    role_ids = _role_ids(call)
    tag = _tag(call)
    _checked_flags(call)
    return _added(call, profile, role_ids, tag)


def _added(call: Call, profile: Body, role_ids: list[str], tag: Body | None) -> Answer:
    user = people.add(call.site, profile, role_ids, call.body)
    if profile["email"]:
        people.invite(call.site, profile)
    if tag is not None:
        people.give_tag(call.site, user, tag["tag_number"])
    return Answer(200, shapes.user(call.site, user))


def guest(call: Call) -> Answer:
    """Add somebody without a name; nobody is told, and a seat is taken all the same."""
    alias = call.text("alias")
    expires = call.text("expires_at", needed=False)
    profile = people.make_profile(call.site.realm, {"first_name": "", "last_name": "", "email": None})
    given = {"alias": alias, "expires_at": expires, "use_pin": False}
    user = people.add(call.site, profile, [call.site.role("site_guest")["id"]], given)
    return Answer(201, shapes.user(call.site, user))


def change(call: Call, user_id: str) -> Answer:
    """Change some fields of a user. Names and e-mail belong to those who have completed a profile."""
    user = _found(call, user_id)
    people.touchable(call.site, user)
    _checked_flags(call)
    own: dict[str, str | None] = {name: call.text(name) for name in ("first_name", "last_name") if name in call.body}
    if "email" in call.body:
        own["email"] = _email(call)
    if own and user["user"]["has_profile"]:
        raise not_allowed("The user has completed a profile: names and e-mail are theirs to change.")
    if "role_ids" in call.body:
        user["role_ids"] = _role_ids(call)
    if "alias" in call.body:
        user["alias"] = call.body["alias"] or ""
    user.update({name: call.body[name] for name in _FLAGS if call.body.get(name) is not None})
    call.site.save(user)
    profile = call.site.realm.peek("salto.profile", user["user"]["id"])
    if own and profile is not None:
        people.change_profile(call.site.realm, profile, **own)
    return Answer(200, shapes.user(call.site, user))


def remove(call: Call, user_id: str) -> Answer:
    """Take a user off the site; the owner stays."""
    user = _found(call, user_id)
    people.touchable(call.site, user)
    if user["user"]["id"] == call.site.body["owner"]:
        raise not_allowed("The owner cannot be removed.")
    people.remove(call.site, user)
    return Answer(202)


def subscribe(call: Call, user_id: str) -> Answer:
    """Subscribe or suspend a user. Without a free seat nothing changes, and by default nothing is said."""
    user = _found(call, user_id)
    wanted = call.body.get("state")
    if wanted not in (people.SUBSCRIBED, people.SUSPENDED):
        raise invalid_value("The value of state is invalid.")
    people.touchable(call.site, user)
    if not people.subscribe(call.site, user, wanted) and call.site.setting("when_full") == "error":
        raise not_allowed("The limit of subscribed users is reached.")
    return Answer(204)


def pin(call: Call, user_id: str) -> Answer:
    """Give a user a new PIN: the answer is a bare text."""
    user = _found(call, user_id)
    people.touchable(call.site, user)
    if not (call.site.body["pin_enabled"] and user["use_pin"]):
        raise not_allowed("The user may not have a PIN.")
    return Answer(200, people.new_pin(call.site, user, call.text("expiry_date", needed=False)))


def keys(call: Call, user_id: str) -> Answer:
    """List the keys a user holds."""
    user = _found(call, user_id)
    held = [shapes.key(user["pin"])] if user["pin"] else []
    return Answer(200, {"items": held, "next_page_link": None, "count": None})


def _email(call: Call) -> str | None:
    email = call.text("email", needed=False)
    if email is not None and not _EMAIL.fullmatch(email):
        raise invalid_value("The value of email is invalid.")
    return email


def _tag(call: Call) -> Body | None:
    tag = call.text("tag_id", needed=False)
    return None if tag is None else call.site.find("salto.tag", tag, "Tag")


def _checked_flags(call: Call) -> None:
    for name in _FLAGS:
        call.flag(name)


def _role_ids(call: Call) -> list[str]:
    """Return the roles asked for: at least one that stands in the hierarchy, none that only others may give."""
    wanted = call.ids("role_ids")
    if not wanted:
        raise invalid("The role_ids field is required.")
    roles = call.site.roles()
    unknown = [one for one in wanted if one not in roles]
    if unknown:
        raise missing("Role")
    if not any(roles[one]["is_hierarchical"] for one in wanted):
        raise invalid_value("The value of role_ids is invalid: one of them must be hierarchical.")
    if any(roles[one]["code"] not in ASSIGNABLE for one in wanted):
        raise SaltoError(403, 2203, "The role cannot be assigned.")
    return wanted
