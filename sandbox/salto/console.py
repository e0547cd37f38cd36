"""What staff do in SALTO's own web app, behind the product's back, and what happens to a site."""

from collections.abc import Callable
from typing import Any

from sandbox.salto import build, people, shapes, tokens
from sandbox.salto.build import add_tag, add_user, group_of, user_of
from sandbox.salto.errors import SaltoError
from sandbox.salto.resources.groups import MEMBER, drop
from sandbox.salto.space import Body, Site

Deed = Callable[[Site, Body], Any]


def do(site: Site, given: Body) -> Any:
    """Do what {"do": …} asks for and return what came of it. Raises ValueError for an unknown deed."""
    deed = DEEDS.get(str(given.get("do")))
    if deed is None:
        raise ValueError(f"do must be one of {', '.join(sorted(DEEDS))}")
    try:
        return deed(site, given)
    except SaltoError as error:
        raise ValueError(str(error)) from None


def _user(site: Site, given: Body) -> Body:
    return user_of(site, str(given.get("user", "")))


def _state(wanted: str) -> Deed:
    def deed(site: Site, given: Body) -> Any:
        user = _user(site, given)
        if not people.subscribe(site, user, wanted):
            raise ValueError("No seat is free.")
        return shapes.user(site, user)

    return deed


def _flag(name: str, value: bool) -> Deed:
    def deed(site: Site, given: Body) -> Any:
        user = _user(site, given)
        user[name] = value
        site.save(user)
        return shapes.user(site, user)

    return deed


def _remove(site: Site, given: Body) -> Any:
    user = _user(site, given)
    people.remove(site, user)
    return {"removed": user["id"]}


def _join(site: Site, given: Body) -> Any:
    group, user = group_of(site, str(given["group"])), _user(site, given)
    site.store.link(site.account, MEMBER, group["id"], user["id"], site.now)
    return {"group": group["id"], "user": user["id"]}


def _leave(site: Site, given: Body) -> Any:
    group, user = group_of(site, str(given["group"])), _user(site, given)
    return {"left": site.store.unlink(MEMBER, group["id"], user["id"])}


def _seats(site: Site, given: Body) -> Any:
    site.update(seats=max(int(given["seats"]), 0))
    return shapes.site(site)


def _add(site: Site, given: Body) -> Any:
    told = {name: value for name, value in given.items() if name != "do"}
    return shapes.user(site, add_user(site, told))


def _cleaner(site: Site, given: Body) -> Any:
    """Add somebody with a tag and no e-mail, as cleaners, landlords and technicians are."""
    number = str(given.get("tag") or f"023{site.store.count(site.account, 'salto.user'):05}")
    told: Body = {
        "first_name": given.get("first_name") or "Cleaner",
        "last_name": given.get("last_name") or number[-4:],
        "tag": number,
        "roles": ["site_user"],
        "groups": [given["group"]] if given.get("group") else [],
    }
    return shapes.user(site, add_user(site, told))


def _role(code: str) -> Deed:
    def deed(site: Site, given: Body) -> Any:
        user = _user(site, given)
        user["role_ids"] = [site.role(one)["id"] for one in (code, "site_mobile_user")]
        site.save(user)
        return shapes.user(site, user)

    return deed


def _pod(site: Site, given: Body) -> Any:
    user = _user(site, given)
    user["pods"] = [] if given.get("off") else ["pod"]
    code = "site_user" if given.get("off") else "site_pod_member"
    user["role_ids"] = [site.role(code)["id"]]
    site.save(user)
    return shapes.user(site, user)


def _profile(site: Site, given: Body) -> Body:
    return site.realm.find("salto.profile", _user(site, given)["user"]["id"], "User")


def _accept(site: Site, given: Body) -> Any:
    people.change_profile(site.realm, _profile(site, given), has_profile=True)
    return shapes.user(site, _user(site, given))


def _rename(site: Site, given: Body) -> Any:
    """Let somebody change their own e-mail or name in the app."""
    fields = {name: given[name] for name in ("email", "first_name", "last_name") if given.get(name)}
    user_id = _user(site, given)["id"]
    people.change_profile(site.realm, _profile(site, given), **fields)
    return shapes.user(site, user_of(site, user_id))


def _password(site: Site, given: Body) -> Any:
    """Change somebody's password: what was granted with the old one ends."""
    profile = _profile(site, given)
    people.change_profile(site.realm, profile, password=str(given["password"]))
    return {"revoked": tokens.revoke(site.realm, profile["id"])}


def _site(**fields: Any) -> Deed:
    def deed(site: Site, _given: Body) -> Any:
        site.update(**fields)
        return shapes.site(site)

    return deed


def _boxes(online: bool) -> Deed:
    def deed(site: Site, given: Body) -> Any:
        boxes = [one for one in site.all("salto.iq") if given.get("iq") in (None, "", one["id"])]
        for one in boxes:
            site.save({**one, "online": online})
        return {"iqs": [one["id"] for one in boxes]}

    return deed


def _group(site: Site, given: Body) -> Any:
    return shapes.group(build.add_group(site, given))


def _drop_group(site: Site, given: Body) -> Any:
    group = group_of(site, str(given["group"]))
    drop(site, group)
    return {"removed": group["id"]}


def _tag(site: Site, given: Body) -> Any:
    people.give_tag(site, _user(site, given), str(given["tag"]))
    return shapes.user(site, _user(site, given))


DEEDS: dict[str, Deed] = {
    "suspend": _state(people.SUSPENDED),
    "subscribe": _state(people.SUBSCRIBED),
    "block": _flag("blocked", True),
    "unblock": _flag("blocked", False),
    "remove": _remove,
    "add_to_group": _join,
    "remove_from_group": _leave,
    "seats": _seats,
    "add_user": _add,
    "add_cleaner": _cleaner,
    "make_admin": _role("site_admin"),
    "make_user": _role("site_user"),
    "make_front_desk": _role("front_desk"),
    "pod": _pod,
    "accept_invitation": _accept,
    "change_profile": _rename,
    "change_password": _password,
    "give_tag": _tag,
    "expire": _site(subscription_valid=False),
    "renew": _site(subscription_valid=True),
    "unrelease": _site(installation_state="installing"),
    "release": _site(installation_state="released"),
    "iq_offline": _boxes(online=False),
    "iq_online": _boxes(online=True),
    "add_group": _group,
    "drop_group": _drop_group,
    "add_tag": lambda site, given: {"tag_id": add_tag(site, str(given["tag"]))["id"]},
}
