"""Sites, the caller at a site, its subscription, its roles."""

from sandbox.salto import shapes
from sandbox.salto.calls import Answer, Call
from sandbox.salto.listing import listed

_FIELDS = {"id": "id", "site_uid": "site_uid", "customer_reference": "customer_reference"}
_FEATURES = ["pods", "nfc", "events_streaming", "remote_opening", "pin_code"]
# What an admin may give to somebody; the roles of admins, pods and the owner are not among them.
ASSIGNABLE = ("site_user", "site_mobile_user")


def sites(call: Call) -> Answer:
    """List the sites at which the caller is a user."""
    realm = call.realm
    where = "json_extract(u.body, '$.user.id') = ?"
    mine = f"EXISTS (SELECT 1 FROM objects u WHERE u.account = o.id AND u.kind = 'salto.user' AND {where})"
    return listed(
        call, realm, "salto.site", _FIELDS, lambda body: shapes.site(realm.site(body["id"])), mine, (call.caller["id"],)
    )


def site(call: Call) -> Answer:
    """Return a site."""
    return Answer(200, shapes.site(call.site))


def me(call: Call) -> Answer:
    """Return the caller as a user of the site."""
    assert call.me is not None
    owner = call.me["user"]["id"] == call.site.body["owner"]
    return Answer(
        200,
        {
            **shapes.user(call.site, call.me),
            "ownership_state": "owner" if owner else "none",
            "member_of_pods": call.me["pods"],
            "guest_of_pods": [],
        },
    )


def subscription(call: Call) -> Answer:
    """Return what the site has bought."""
    return Answer(200, {"user_amount": call.site.body["seats"], "type": "default", "features": _FEATURES})


def roles(call: Call) -> Answer:
    """List the roles the caller may assign."""
    codes = ", ".join(f"'{code}'" for code in ASSIGNABLE)
    within = f"json_extract(o.body, '$.code') IN ({codes})"
    fields = {"code": "code", "customer_reference": "customer_reference"}
    return listed(call, call.site, "salto.role", fields, shapes.role, within)
