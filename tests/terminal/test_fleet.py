"""Stripe Locations and readers are made, named, moved and removed from the Stripe Config."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from flexspace.core.errors import Conflict, DomainError
from flexspace.core.models import AuditEvent
from terminal.forms.fleet import PlaceForm
from terminal.models import Attempt, LocationAccount, Reader
from terminal.queries import reader_history
from terminal.services.fleet import create_place, move_reader, register_reader, remove_reader, rename_reader
from terminal.services.readers import map_location, sync_account
from tests.terminal.desk import ADMIN

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = {"address": {"country": "DE", "line1": "Kai 2", "city": "Berlin", "postal_code": "10999"}}


def register(desk, code="simulated-s700", label="Bar", token=None, place=None):
    place = place or desk.config.stripe_locations.get(stripe_id=desk.place["id"])
    return register_reader(by=ADMIN, place=place, code=code, label=label, token=token or uuid4(), now=timezone.now())


def second_place(desk):
    """Return a second Stripe Location of the desk's own location."""
    return create_place(
        by=ADMIN, config=desk.config, location=desk.location, name="Annex", address=ADDRESS, token=uuid4()
    )


def move(desk, reader, place, code="simulated-s700"):
    return move_reader(by=ADMIN, reader=reader, place=place, code=code, token=uuid4(), now=timezone.now())


def refused(reason, call, *args, **kwargs):
    with pytest.raises(DomainError) as error:
        call(*args, **kwargs)
    assert error.value.code == reason, error.value.message
    return error.value.message


def at_stripe(desk):
    return {row["label"]: row["location"] for row in desk.api("terminal/readers", method="GET")["data"]}


def told(action):
    return AuditEvent.objects.filter(action=f"terminal.{action}").count()


def test_place_is_made_at_stripe_and_mapped(desk):
    place = second_place(desk)
    stored = desk.api(f"terminal/locations/{place.stripe_id}", method="GET")
    assert (stored["display_name"], stored["address"]["line1"]) == ("Annex", "Kai 2")
    assert place.location == desk.location
    assert LocationAccount.objects.get(location=desk.location).config == desk.config
    assert (told("stripe_location.made"), place.address) == (1, "Kai 2, 10999, Berlin")


def test_answer_that_was_lost_makes_no_second_place(desk):
    desk.fault("answer_lost", "POST /v1/terminal/locations")
    token, before = uuid4(), len(desk.api("terminal/locations", method="GET")["data"])
    how = {"by": ADMIN, "config": desk.config, "location": desk.location, "name": "Annex", "address": ADDRESS}
    assert "nothing is made twice" in refused("no_answer", create_place, **how, token=token)
    create_place(**how, token=token)
    assert len(desk.api("terminal/locations", method="GET")["data"]) == before + 1


def test_place_that_would_not_fit_is_not_even_asked_for(desk, yen_desk):
    calls = len(yen_desk.calls("terminal/locations"))
    how = {"by": ADMIN, "config": yen_desk.config, "location": desk.location, "name": "Annex", "address": ADDRESS}
    assert "in its own country only" in refused("country_differs", create_place, **how, token=uuid4())
    assert len(yen_desk.calls("terminal/locations")) == calls


def test_place_in_japan_is_named_in_both_scripts(yen_desk):
    form = PlaceForm(location=yen_desk.location)
    data = dict.fromkeys(form.fields, "清澄") | {
        "config": yen_desk.config.pk,
        "token": uuid4(),
        "phone": "+81312345678",
    }
    form = PlaceForm(data, location=yen_desk.location)
    assert form.is_valid(), form.errors
    place = create_place(by=ADMIN, location=yen_desk.location, **form.asked("JP"))
    stored = yen_desk.api(f"terminal/locations/{place.stripe_id}", method="GET")
    assert (stored["address_kana"]["city"], stored["phone"], str(place)) == ("清澄", "+81312345678", "清澄")


def test_reader_is_registered_by_the_words_on_its_screen(desk):
    made = desk.control(f"accounts/{desk.key}/devices", {"model": "stripe_s700"})
    words = made["code"].replace("-", " ").title()
    reader = register(desk, code=f" {words} ")
    assert (reader.label, reader.location, reader.serial_number) == ("Bar", desk.location, made["serial_number"])
    assert list(Reader.objects.usable().filter(pk=reader.pk)) == [reader]
    assert told("reader.registered") == 1


def test_code_that_is_wrong_used_or_none_is_explained(desk):
    made = desk.control(f"accounts/{desk.key}/devices", {"model": "stripe_s700"})
    register(desk, code=made["code"])
    for code in (made["code"], "no-such-code"):
        assert "Generate pairing code" in refused("stripe_refused", register, desk, code=code)
    for code in ("hello", "12/3 4", "…"):
        assert "three words" in refused("code", register, desk, code=code)


def test_answer_that_was_lost_registers_no_second_reader(desk):
    desk.fault("answer_lost", "POST /v1/terminal/readers")
    token, before = uuid4(), len(at_stripe(desk))
    refused("no_answer", register, desk, token=token)
    reader = register(desk, token=token)
    assert len(desk.api("terminal/readers", method="GET")["data"]) == before + 1
    assert Reader.objects.filter(label="Bar").get() == reader


def test_reader_is_not_registered_where_it_could_not_be_used(desk):
    place = second_place(desk)
    map_location(by=ADMIN, place=place, location=None)
    place.refresh_from_db()
    refused("stripe_location_unmapped", register, desk, place=place)
    place.gone_at = timezone.now()
    refused("stripe_location_gone", register, desk, place=place)
    assert len(at_stripe(desk)) == 1


def test_wisepos_is_refused_in_japan_with_a_sentence(yen_desk):
    said = refused("terminal_reader_invalid_location_for_activation", register, yen_desk, code="simulated-wpe")
    assert "cannot be used" in said


def test_reader_is_renamed_here_and_at_stripe(desk):
    rename_reader(by=ADMIN, reader=desk.reader, label="Bar")
    desk.reader.refresh_from_db()
    assert desk.reader.label == "Bar"
    assert list(at_stripe(desk)) == ["Bar"]
    rename_reader(by=ADMIN, reader=desk.reader, label="Bar")
    assert told("reader.renamed") == 1


def test_reader_is_removed_and_its_row_stays(desk):
    remove_reader(by=ADMIN, reader=desk.reader, now=timezone.now())
    desk.reader.refresh_from_db()
    assert (at_stripe(desk), bool(desk.reader.gone_at)) == ({}, True)
    remove_reader(by=ADMIN, reader=desk.reader, now=timezone.now())
    assert told("reader.removed") == 2


def test_reader_in_use_is_neither_moved_nor_removed(desk):
    desk.waiting()
    place = second_place(desk)
    with pytest.raises(Conflict):
        remove_reader(by=ADMIN, reader=desk.reader, now=timezone.now())
    with pytest.raises(Conflict):
        move(desk, desk.reader, place)
    assert at_stripe(desk) == {desk.reader.label: desk.place["id"]}


def test_reader_is_removed_only_when_the_tick_says_so(client, ada, desk):
    client.force_login(ada)
    url = reverse("terminal:stripe_reader_remove", args=[desk.reader.pk])
    answer = client.post(url, follow=True)
    assert "tick that" in answer.content.decode()
    assert at_stripe(desk) == {desk.reader.label: desk.place["id"]}
    client.post(url, {"sure": "on"})
    assert at_stripe(desk) == {}


def test_reader_moves_by_a_new_code_and_keeps_its_name(desk):
    place = second_place(desk)
    moved = move(desk, desk.reader, place)
    desk.reader.refresh_from_db()
    assert (moved.label, moved.stripe_location, bool(desk.reader.gone_at)) == (desk.reader.label, place, True)
    assert at_stripe(desk) == {moved.label: place.stripe_id}


def test_move_that_stops_half_way_says_where_the_reader_is(desk):
    place = second_place(desk)
    said = refused("moved_half", move, desk, desk.reader, place, code="no-such-code")
    assert "was taken out of" in said
    assert "register it at Annex" in said
    assert register(desk, place=place, label=desk.reader.label).stripe_location == place


def test_move_by_something_that_is_no_code_takes_nothing_out(desk):
    place = second_place(desk)
    refused("code", move, desk, desk.reader, place, code="?")
    assert at_stripe(desk) == {desk.reader.label: desk.place["id"]}


def test_reader_moved_in_the_dashboard_is_told_once(desk):
    place = second_place(desk)
    desk.dashboard("move_reader", desk.reader.stripe_id, location=place.stripe_id)
    for _ in range(2):
        sync_account(desk.config, now=timezone.now())
    desk.reader.refresh_from_db()
    assert (desk.reader.stripe_location, told("reader.moved")) == (place, 1)


def test_history_of_a_reader_counts_and_times_its_payments(desk):
    assert reader_history(desk.reader).to_show is None
    refused = desk.waiting()
    desk.tap("4000000000009995")
    desk.settle(refused)
    desk.cancel(refused)
    desk.settle(refused)
    desk.reader_fault(offline=True)
    offline = desk.start(desk.invoice())
    desk.advance(offline)
    desk.cancel(offline)
    desk.settle(offline)
    desk.heal_reader()
    paid = desk.waiting()
    desk.clock.shift(2)
    desk.tap()
    desk.settle(paid)
    history = reader_history(desk.reader)
    assert (history.of, history.paid, history.declined, history.troubled) == (3, 1, 1, 1)
    assert history.rows == [paid, offline, refused]
    assert history.to_show is not None
    assert len(reader_history(desk.reader, of=2, shown=1).rows) == 1


def test_history_takes_as_many_queries_however_long_it_is(desk):
    def count():
        with CaptureQueriesContext(connection) as queries:
            list(reader_history(desk.reader).rows)
        return len(queries)

    desk.cancel(desk.waiting())
    few = count()
    for _ in range(3):
        desk.settle(Attempt.objects.latest("pk"))
        desk.cancel(desk.waiting())
    assert count() == few
