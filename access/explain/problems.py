"""What is said when SALTO KS refuses something, and what to do."""

PROBLEMS: dict[str, str] = {
    "access_denied": "The sign-in at SALTO KS was cancelled. Nothing was changed.",
    "invalid_client": "SALTO KS does not know this client id with this secret. Copy both again from SALTO's letter.",
    "invalid_grant": "SALTO KS no longer accepts our sign-in. Sign in again.",
    "unauthorized_client": "SALTO KS does not let this client sign in this way. Ask SALTO to allow the code flow.",
    "invalid_scope": "SALTO KS does not let this client use its API. Ask SALTO for the Connect API.",
    "revoked": "SALTO KS no longer accepts our sign-in. Sign in again with a user who is an admin of the site.",
    "not_released": "The site is not released yet. The installer releases it in SALTO KS.",
    "site_expired": "The site's SALTO KS subscription has expired, so nobody gets in. Redeem a voucher in SALTO KS.",
    "own_user": (
        "The SALTO KS user we sign in with is not subscribed, is blocked, or is not an admin of the site. "
        "Put that right in SALTO KS, or sign in as somebody else."
    ),
    "other_site": "SALTO KS answers for another site than the one that was chosen. Choose the site again.",
    "no_site": "The SALTO KS user who signed in belongs to no site.",
    "no_locations": "No location is named for this connection. Name the locations whose doors belong to this site.",
    "rate_limited": "SALTO KS asks us to wait. It is tried again by itself.",
    "unreachable": "SALTO KS cannot be reached at the moment. It is tried again by itself, and nothing is taken away.",
    "short_list": "SALTO KS left out part of a list. It is read again by itself, and nothing is taken away.",
    "unknown_shape": "SALTO KS answered in a way that we do not understand. It is tried again by itself.",
    "refused": "SALTO KS refused this.",
    "lag": "SALTO KS has not yet taken in the new user. It is tried again by itself.",
    "pod": "This person belongs to a pod in SALTO KS, where only the pod's own people change things.",
    "match": "Somebody in SALTO KS has this e-mail address. Say whether it is the same person.",
    "no_seat": "No seat is free at this site. Free one, or redeem a voucher for more.",
    "not_seated": (
        "SALTO KS does not subscribe this person, though a seat is free. Look at them in SALTO KS; "
        "it is tried again by itself."
    ),
    "busy": "Another look at the site was under way. Look again in a moment.",
    "not_ready": "This connection is not ready yet.",
    "sign_in_again": "Sign in at SALTO KS first.",
}


def problem_sentence(code: str) -> str:
    """Return what to say about a problem's code."""
    return PROBLEMS.get(code, f"SALTO KS said no ({code}).") if code else ""
