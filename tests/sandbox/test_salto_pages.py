"""The pages of SALTO KS: they show what is, their forms work without a script, and nothing gets in."""

import re

import pytest

from tests.sandbox.ks import HOST, Ks, pkce


@pytest.fixture
def ana(ks: Ks) -> dict:
    """Somebody with a tag in the group Members."""
    return ks.staff("add_user", first_name="Ana", last_name="Ruiz", email="ana@example.org", tag="42",
                    has_profile=True, groups=["Members"])  # fmt: skip


def page(ks: Ks, path: str) -> str:
    answer = ks.session.get(HOST + path)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'self'; script-src 'self'"
    )
    return answer.text


def press(ks: Ks, path: str, **form: str) -> str:
    """Press a button as a browser without scripts does; return where it leads."""
    answer = ks.session.post(HOST + path, data={"site": ks.id, **form}, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def said(ks: Ks, path: str, **form: str) -> str:
    """Press a button as the script does; return the sentence."""
    headers = {"Accept": "application/json"}
    return ks.session.post(HOST + path, data={"site": ks.id, **form}, headers=headers).json()["said"]


PAGES = ["/", "/salto/console", "/salto/door", "/salto/mischief", "/salto/people/{site}/{user}", "{login}"]


@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_inline_style_or_script(ks: Ks, ana: dict, path: str) -> None:
    login = ks.authorize_url(pkce()[1]).removeprefix(HOST)
    text = page(ks, path.format(site=ks.id, user=ana["id"], login=login))
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script>", text) == []
    assert text.count("<h1") == 1
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_pages_without_a_site_say_so(ks: Ks) -> None:
    ks.control("POST", "reset")
    assert "There is no site yet." in page(ks, "/salto/console")
    assert "No site yet." in page(ks, "/")


def test_page_of_nothing_is_not_found(ks: Ks) -> None:
    paths = ("/salto/none", f"/salto/people/{ks.id}/{ks.id}", "/salto/people/none/none", "/salto/none/live")
    assert [ks.session.get(HOST + path).status_code for path in paths] == [404] * 4


def test_first_page_leads_to_the_sites(ks: Ks) -> None:
    text = page(ks, "/")
    assert f'href="/salto/console?site={ks.id}"' in text
    assert "2 of 10 seats used" in text
    assert ks.session.get(f"{HOST}/salto", allow_redirects=False).headers["Location"] == "/salto/console"


def test_console_changes_state_and_seats(ks: Ks, ana: dict) -> None:
    press(ks, "/salto/console", do="suspend", user=ana["id"])
    assert ks.state(ana) == "suspended"
    press(ks, "/salto/console", do="block", user=ana["id"])
    assert ks.ok("GET", f"users/{ana['id']}")["blocked"] is True
    press(ks, "/salto/console", do="seats", seats="2")
    assert "2</span>" in page(ks, "/salto/console")
    assert said(ks, "/salto/console", do="subscribe", user=ana["id"]) == "No seat is free."
    back = press(ks, "/salto/console", do="add_cleaner", first_name="Clara", last_name="C", group=ks.group())
    assert back == f"/salto/console?site={ks.id}"
    invited = said(ks, "/salto/console", do="add_user", email="new@example.org")
    assert invited == "Added, but no seat is free: they are unsubscribed."


def test_console_finds_people_by_name_or_email(ks: Ks, ana: dict) -> None:
    assert ana["user"]["first_name"] == "Ana"
    text = page(ks, f"/salto/console?site={ks.id}&q=ANA%40")
    assert "ana@example.org" in text
    assert "Olga" not in text


def test_console_switches_what_may_happen_to_a_site(ks: Ks) -> None:
    for do in ("expire", "unrelease", "iq_offline", "when_full_error"):
        press(ks, "/salto/console", do=do)
    assert page(ks, "/salto/console").count('aria-checked="true"') == 4
    site = ks.control("GET", f"sites/{ks.id}")
    assert (site["subscription_valid"], site["installation_state"]) == (False, "installing")
    assert site["settings"]["when_full"] == "error"


def test_console_makes_and_deletes_groups(ks: Ks) -> None:
    press(ks, "/salto/console", do="add_group", name="Attic", schedule="none")
    group = next(one for one in ks.every("access_groups") if one["customer_reference"] == "Attic")
    assert "no schedule" in page(ks, "/salto/console")
    press(ks, "/salto/console", do="drop_group", group=group["id"])
    assert "Attic" not in page(ks, "/salto/console")


def test_person_page_switches_groups_and_removes(ks: Ks, ana: dict) -> None:
    path = f"/salto/people/{ks.id}/{ana['id']}"
    assert page(ks, path).count('aria-checked="true"') == 1
    press(ks, path, do=f"add_to_group:{ks.group('Room 1')}")
    press(ks, path, do=f"remove_from_group:{ks.group('Members')}")
    assert ks.members("Room 1") == [ana["user"]["id"]]
    assert ks.members() == []
    for do in ("make_admin", "make_user", "pod", "leave_pod"):
        press(ks, path, do=do)
    press(ks, path, do="change_profile", email="other@example.org")
    assert ks.ok("GET", f"users/{ana['id']}")["user"]["email"] == "other@example.org"
    assert said(ks, path, do="remove") == "They are no longer at the site."
    assert ks.session.get(HOST + path).status_code == 404


def test_door_page_lets_in_or_says_why_not(ks: Ks, ana: dict) -> None:
    lock = ks.site["locks"][0]["id"]

    def attempt(by: str) -> str:
        return said(ks, "/salto/door", lock=lock, user=ana["id"], by=by)

    assert attempt("tag") == "Ana Ruiz gets in."
    assert "is-opened" in page(ks, f"/salto/door?site={ks.id}&lock={lock}")
    ks.staff("suspend", ana)
    assert attempt("mobile_key") == "Ana Ruiz stays out. Unsubscribed in SALTO KS."
    assert "is-refused" in page(ks, f"/salto/door?site={ks.id}&lock={lock}")
    assert "hold nothing" in attempt("pin_code")


def test_live_parts_are_parts_of_the_page(ks: Ks, ana: dict) -> None:
    for path in ("/salto/console", "/salto/door", "/salto/mischief", f"/salto/people/{ks.id}/{ana['id']}"):
        text = page(ks, path)
        parts = ks.session.get(f"{HOST}{path}/live?site={ks.id}").json()
        assert parts
        assert all(f'id="{name}"' in text and html in text for name, html in parts.items()), path


def test_mischief_page_switches_on_and_all_well(ks: Ks) -> None:
    more = {"times": "", "seconds": "5", "page": "2"}
    press(ks, "/salto/mischief", do="on", kind="page_error", match="", **more)
    press(ks, "/salto/mischief", do="on", kind="status", match="POST connect/token", **more)
    text = page(ks, "/salto/mischief")
    assert "GET , page 2" in text
    assert ks.grant(grant_type="x").headers["Retry-After"] == "5"
    press(ks, "/salto/mischief", do="well")
    assert "All is well." in page(ks, "/salto/mischief")
    assert said(ks, "/salto/mischief", do="revoke", what="all") == "2 tokens ended."


def test_names_are_escaped(ks: Ks) -> None:
    made = ks.add("<b>Ana</b>", email="<i>@example.org")
    ks.staff("add_group", name="<u>G</u>")
    for path in ("/salto/console", "/salto/door", f"/salto/people/{ks.id}/{made['id']}"):
        assert not re.search("<b>Ana|<i>@|<u>G", page(ks, path))


def test_form_of_another_site_is_refused(ks: Ks, ana: dict) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    form = {"site": ks.id, "do": "suspend", "user": ana["id"]}
    assert ks.session.post(f"{HOST}/salto/console", data=form, headers=headers).status_code == 403
    assert ks.session.post(ks.authorize_url(pkce()[1]), data=form, headers=headers).status_code == 400
    assert ks.state(ana) == "subscribed"
