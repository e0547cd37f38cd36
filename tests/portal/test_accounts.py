"""Sign-in, the practice box, passwords."""

import re

import pytest
from django.core import mail
from django.core.cache import cache

from flexspace.core.models import User
from flexspace.core.roles import Role

PASSWORD = "correct horse battery"
SIGN_IN = "/sign-in/"


@pytest.fixture(autouse=True)
def fresh_limits(db):
    """Start with no tries counted."""
    cache.clear()


@pytest.fixture
def lea(hafen):
    user = User.objects.create_user("lea@example.com", PASSWORD, name="Lea Braun", role=Role.FRONT_DESK)
    user.locations.add(hafen)
    return user


def sign_in(client, email="lea@example.com", password=PASSWORD, **more):
    return client.post(SIGN_IN, {"login": email, "password": password, **more})


def test_right_password_opens_the_desk(client, lea):
    answer = sign_in(client)
    assert answer.headers["Location"] == "/"
    assert "Lea" in client.get("/").content.decode()


def test_wrong_password_says_so_and_keeps_the_address_but_not_the_password(client, lea):
    text = sign_in(client, password="wrong-password-here").content.decode()
    assert "notice--bad" in text
    assert 'value="lea@example.com"' in text
    assert "wrong-password-here" not in text


def test_missing_fields_are_named(client):
    text = sign_in(client, email="no address", password="").content.decode()
    assert text.count('aria-invalid="true"') == 2
    assert text.count("field__error") == 2


def test_tries_are_limited(client, lea):
    answers = [sign_in(client, password=f"wrong number {number}") for number in range(7)]
    assert "Too many" in answers[-1].content.decode()
    assert "Too many" in sign_in(client).content.decode()


def test_next_leads_on_inside_this_site_only(client, lea):
    assert sign_in(client, next="/search/?q=a").headers["Location"] == "/search/?q=a"
    client.logout()
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        answer = sign_in(client, next=elsewhere)
        assert answer.headers["Location"] == "/"
        client.logout()


def test_next_is_kept_by_the_page(client):
    assert 'name="next" value="/activity/"' in client.get(SIGN_IN, {"next": "/activity/"}).content.decode()


def test_nobody_signs_up(client):
    assert client.get("/sign-up/").status_code == 404
    assert "ign up" not in client.get(SIGN_IN).content.decode()


def test_practice_people_are_not_there_for_real(client, settings):
    settings.DEMO = False
    text = client.get(SIGN_IN).content.decode()
    assert "Practice" not in text
    assert settings.DEMO_STAFF[0]["password"] not in text
    assert settings.DEMO_STAFF[0]["email"] not in text


def test_practice_signs_in_with_one_click(client, settings, hafen):
    settings.DEMO = True
    person = settings.DEMO_STAFF[0]
    user = User.objects.create_user(person["email"], person["password"], name=person["name"], role=person["role"])
    user.locations.add(hafen)
    text = client.get(SIGN_IN).content.decode()
    hidden = dict(
        re.findall(
            r'type="hidden" name="(login|password)" value="([^"]+)"', text.split("<section", 2)[2].split("</form>")[0]
        )
    )
    assert client.post(SIGN_IN, hidden).headers["Location"] == "/"
    page = client.get("/").content.decode()
    assert "Practice mode: no real money moves" in page


def test_practice_shows_each_role_once_and_its_password_is_long_enough(settings):
    roles = [person["role"] for person in settings.DEMO_STAFF]
    assert set(roles) == {Role.FRONT_DESK, Role.MANAGER, Role.ADMIN}
    assert all(len(person["password"]) >= 12 for person in settings.DEMO_STAFF)


def test_sign_out_is_a_form(client, lea):
    client.force_login(lea)
    assert "Sign out?" in client.get("/sign-out/").content.decode()
    assert client.get("/").status_code == 200
    client.post("/sign-out/")
    assert client.get("/").status_code == 302


def test_password_can_be_changed(client, lea):
    client.force_login(lea)
    assert "Password now" in client.get("/password/change/").content.decode()
    new = "another horse battery"
    client.post("/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    lea.refresh_from_db()
    assert lea.check_password(new)


def test_weak_new_password_is_refused_with_a_sentence(client, lea):
    client.force_login(lea)
    form = {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    assert "too short" in client.post("/password/change/", form).content.decode()


def test_forgotten_password_is_replaced_by_mail(client, lea):
    assert client.get("/password/reset/").status_code == 200
    sent = client.post("/password/reset/", {"email": lea.email}, follow=True)
    assert "Look into your mail" in sent.content.decode()
    (link,) = re.findall(r"/password/reset/\S+", str(mail.outbox[0].body))
    form = client.get(link, follow=True)
    assert 'name="password1"' in form.content.decode()
    new = "another horse battery"
    done = client.post(form.request["PATH_INFO"], {"password1": new, "password2": new}, follow=True)
    assert "Your password is changed" in done.content.decode()
    assert "no longer works" in client.get(link, follow=True).content.decode()


def test_reset_does_not_tell_who_works_here(client, lea):
    known = client.post("/password/reset/", {"email": lea.email}, follow=True).content
    cache.clear()
    unknown = client.post("/password/reset/", {"email": "nobody@example.com"}, follow=True).content
    changing = rb'data-now="\d+"|X-CSRFToken[^}]*'
    assert re.sub(changing, b"", known) == re.sub(changing, b"", unknown)
    assert [message.to for message in mail.outbox] == [[lea.email]]
