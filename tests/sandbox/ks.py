"""A client of SALTO KS as tests need it: signs in through the code flow, calls the API, plays staff."""

import base64
import hashlib
import json
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from sandbox.app import Sandbox

HOST = "http://salto.test"
API, IDENTITY, CONTROL = f"{HOST}/salto/api", f"{HOST}/salto/identity", f"{HOST}/_sandbox/salto"
CLIENT, SECRET = "flexspace", "s3cret"
CALLBACK = "https://desk.example/access/callback"
SCOPE = "user_api.full_access offline_access"


def pkce() -> tuple[str, str]:
    """A verifier and its S256 challenge."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def come_back(session: requests.Session, url: str, email: str, password: str, do: str = "sign_in") -> str:
    """Be the admin on the sign-in page at `url`; return the address one is led back to."""
    form = {"username": email, "password": password, "do": do}
    answer = session.post(url, data=form, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


class Ks:
    """A site, seen through the API as its integration user and through the control endpoints."""

    def __init__(self, box: Sandbox, session: requests.Session, **given: Any) -> None:
        self.box, self.session = box, session
        told = {"name": "Harbour Works", "seats": 10, "groups": ["Members", "Room 1"], "locks": ["Door", "Gate"]}
        self.site = box.salto.add_site(**{**told, **given})
        self.id = self.site["id"]
        box.salto.add_client(client_id=CLIENT, client_secret=SECRET, redirect_uris=[CALLBACK])
        self.token = self.sign_in()

    # identity

    def authorize_url(self, challenge: str = "", **more: str) -> str:
        query = {"client_id": CLIENT, "redirect_uri": CALLBACK, "response_type": "code", "scope": SCOPE, "state": "st"}
        if challenge:
            query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        return f"{IDENTITY}/connect/authorize?{urlencode({**query, **more})}"

    def code(self, challenge: str) -> str:
        service = self.site["service"]
        back = come_back(self.session, self.authorize_url(challenge), service["email"], service["password"])
        return parse_qs(urlsplit(back).query)["code"][0]

    def grant(self, **form: str) -> requests.Response:
        known = {"client_id": CLIENT, "client_secret": SECRET}
        return self.session.post(f"{IDENTITY}/connect/token", data={**known, **form})

    def sign_in(self) -> Any:
        verifier, challenge = pkce()
        answer = self.grant(
            grant_type="authorization_code", code=self.code(challenge), redirect_uri=CALLBACK, code_verifier=verifier
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    # the API

    def call(self, method: str, path: str, body: Any = None, version: str = "v1.2", **query: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token['access_token']}"}
        url = path if path.startswith("http") else f"{API}/{version}/{path}"
        return self.session.request(method, url, json=body, params=query or None, headers=headers)

    def at(self, method: str, path: str = "", body: Any = None, **more: Any) -> requests.Response:
        """Call below the site."""
        return self.call(method, f"sites/{self.id}{path and '/'}{path}", body, **more)

    def ok(self, method: str, path: str = "", body: Any = None, **more: Any) -> Any:
        answer = self.at(method, path, body, **more)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def error(self, method: str, path: str = "", body: Any = None, **more: Any) -> tuple[int, int]:
        """The status and SALTO's code of a refusal."""
        answer = self.at(method, path, body, **more)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["ErrorCode"]

    def every(self, path: str, **more: Any) -> list[Any]:
        """All elements of a list, page by page."""
        answer = self.at("GET", path, **more).json()
        items = answer["items"]
        while answer["next_page_link"]:
            answer = self.call("GET", answer["next_page_link"]).json()
            items += answer["items"]
        return items

    def role(self, code: str = "site_user") -> str:
        return self.site["roles"][code]

    def add(self, first_name: str = "Ana", email: str | None = None, **more: Any) -> Any:
        """Add somebody through the API."""
        body = {"first_name": first_name, "last_name": "Ruiz", "role_ids": [self.role()], **more}
        return self.ok("POST", "users", body if email is None else {**body, "email": email})

    def group(self, name: str = "Members") -> str:
        return next(one["id"] for one in self.site["groups"] if one["customer_reference"] == name)

    def members(self, name: str = "Members") -> list[str]:
        """The platform ids of who is in a group."""
        return [one["id"] for one in self.every(f"access_groups/{self.group(name)}/users", version="v1.1")]

    def change(self, add: list[str] | None = None, remove: list[str] | None = None, name: str = "Members") -> Any:
        body = {"add_ids": add or [], "remove_ids": remove or []}
        return self.at("PATCH", f"access_groups/{self.group(name)}/users", body, version="v1.1")

    def subscribe(self, user: Any, state: str) -> Any:
        return self.at("PATCH", f"users/{user['id']}/subscription", {"state": state})

    def state(self, user: Any) -> str:
        return self.ok("GET", f"users/{user['id']}")["subscription_state"]

    # the control endpoints

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.session.request(method, f"{CONTROL}/{path}", data=json.dumps(body or {}))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def of_site(self, method: str, path: str, body: Any = None) -> Any:
        return self.control(method, f"sites/{self.id}/{path}", body)

    def staff(self, do: str, user: Any = None, **more: Any) -> Any:
        """Do something in the web app."""
        return self.of_site("POST", "console", {"do": do, **({"user": user["id"]} if user else {}), **more})

    def fault(self, kind: str, **more: Any) -> str:
        return self.of_site("POST", "faults", {"kind": kind, **more})["id"]

    def settings(self, **values: Any) -> None:
        self.of_site("POST", "settings", values)

    def door(self, user: Any, lock: str = "Door", **more: Any) -> Any:
        return self.of_site("POST", "door", {"user": user["id"], "lock": lock, **more})
