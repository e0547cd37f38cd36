"""Every admin is mailed once when SALTO KS's client secret or sign-in is changed."""

import pytest

from access.services import connecting
from billing.emails import letter_of
from billing.models import Notice
from flexspace.core.actors import Actor
from tests.access import doors as acting

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "another-client-secret-q7w8"


def told():
    """Return the subjects of the mails so far, and what the last one says; forget them."""
    rows = list(Notice.objects.filter(kind="key_changed").select_related("location").order_by("pk"))
    text = letter_of(rows[-1]).text if rows else ""
    Notice.objects.all().delete()
    return [row.facts["subject"] for row in rows], text


def save(by, doors, secret):
    connecting.save_connection(by=by, config=doors.config, name="Yard", client_id="flexspace", client_secret=secret)


def test_secret_and_sign_in_are_mailed_with_the_last_four_only(doors, ada, monkeypatch):
    by = Actor.of(ada)
    monkeypatch.setattr(acting, "BY", by)
    save(by, doors, NEW)
    subjects, text = told()
    assert subjects == ["The client secret of the SALTO KS connection Yard was replaced"]
    assert ("Ada has replaced" in text, "ends in q7w8." in text, NEW in text) == (True, True, False)
    save(by, doors, "")
    save(by, doors, NEW)
    assert told() == ([], "")
    save(by, doors, "s3cret")
    Notice.objects.all().delete()
    doors.sign_in()
    assert told()[0] == ["The sign-in of the SALTO KS connection Yard was replaced"]
    for _ in range(2):
        connecting.disconnect(by=by, config=doors.config)
    subjects, text = told()
    assert (subjects, "sign in again" in text) == (["The sign-in of the SALTO KS connection Yard was removed"], True)
