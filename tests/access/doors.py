"""A site of the sandbox connected to Hafenplatz: our own code signs in, reads and writes; staff play along."""

import json
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import requests
from django.utils import timezone

from access.enums import RunKind, Source
from access.models import AccessGroup, SaltoKSConfig, SaltoUser, SyncOptions
from access.services import connecting, mapping
from access.services.syncing import sync
from flexspace.core.actors import Actor
from members.models import Membership
from tests.factories.members import make_member
from tests.factories.memberships import make_membership, make_plan
from tests.sandbox.ks import come_back

HOST = "http://salto.test"
CALLBACK = "https://desk.example.org/doors/callback/"
BY = Actor.job("test")


def findings(run):
    """Return how often a run found what."""
    return run.finding_counts


def stops(run):
    """Return the reasons for which a run held something back."""
    return [stop["code"] for stop in run.stops]


class Doors:
    """One site, its connection, and the people on both sides."""

    def __init__(self, box, clock, location, user, *, name="Harbour Works", **given):
        self.box, self.clock, self.location, self.admin = box, clock, location, user
        self.http = requests.Session()
        self.http.mount(HOST, box.wire)
        told = {"name": name, "seats": 10, "groups": ["Members", "Floor 1", "Cleaners"]}
        self.site = box.salto.add_site(**{**told, **given})
        client = {"client_id": "flexspace", "client_secret": "s3cret", "redirect_uris": [CALLBACK]}
        self.control("POST", "clients", client)
        self.config = connecting.save_connection(by=BY, name=name, client_id="flexspace", client_secret="s3cret")
        self.sign_in()
        self.config = connecting.choose_site(by=BY, config=self.config, site_id=self.site["id"])
        connecting.set_locations(by=BY, config=self.config, locations=[location])
        mapping.read_groups(self.config, now=timezone.now())
        self.set(enabled=True, unsubscribe=True, grace_hours=0)

    def sign_in(self, **facts):
        """Go through SALTO's sign-in page as the integration's user."""
        begun = {"session": "one", "redirect_uri": CALLBACK, "now": timezone.now(), **facts}
        url = connecting.begin_sign_in(by=BY, config=self.config, user=self.admin, **begun)
        back = come_back(self.http, url, self.site["service"]["email"], self.site["service"]["password"])
        query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        self.config = connecting.finish_sign_in(by=BY, state=query["state"], code=query["code"], **begun)

    # ours

    def set(self, **options):
        SyncOptions.objects.filter(connection=self.config).update(**options)

    def group(self, name="Members"):
        return AccessGroup.objects.get(connection=self.config, name=name)

    def map(self, subject, group="Members", source=Source.PLAN):
        return mapping.add_mapping(by=BY, group=self.group(group), source=source, subject_id=subject.pk)

    def plan(self, name="Flex", group="Members"):
        plan = make_plan(self.location, name=name)
        if group:
            self.map(plan, group)
        return plan

    def member(self, name="Lena Fischer", plan=None, **days):
        """Return somebody with a membership in a mapped plan."""
        member = make_member(self.location, name=name)
        make_membership(member, plan or self.plan(), **{"starts_on": date(2026, 11, 1), **days})
        return member

    def inside(self, name="Lena Fischer", plan=None):
        """Return somebody whom we invited and let in."""
        member = self.member(name, plan)
        self.run()
        assert self.groups_of(member) == ["Members"]
        return member

    def end(self, member, on=date(2026, 11, 22), **facts):
        """Let the membership have ended on that day."""
        Membership.objects.filter(member=member).update(ends_on=on, **facts)

    def lose(self, member):
        """Let the membership have ended, later than SALTO KS may be told the opposite again."""
        self.pass_time(hours=2)
        self.end(member)

    def renew(self, member):
        Membership.objects.filter(member=member).update(ends_on=None, cancelled_at=None)

    def run(self, kind=RunKind.FULL, **facts):
        run = sync(SaltoKSConfig.objects.get(pk=self.config.pk), by=BY, kind=kind, **facts)
        assert run is not None
        return run

    def row(self, member):
        return SaltoUser.objects.get(connection=self.config, member=member)

    def steps(self, run):
        return [(step.kind, step.state) for step in run.steps.all()]

    def pass_time(self, **time):
        self.clock.shift(timedelta(**time))

    # SALTO's side

    def control(self, method, path, body=None):
        answer = self.http.request(method, f"{HOST}/_sandbox/salto/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def at_site(self, method, path="", body=None):
        return self.control(method, f"sites/{self.site['id']}{path and '/'}{path}", body)

    def staff(self, do, **given):
        """Do in SALTO's web app what staff do behind our back."""
        return self.at_site("POST", "console", {"do": do, **given})

    def fault(self, kind, match="", **facts):
        return self.at_site("POST", "faults", {"kind": kind, "match": match, **facts})

    def settings(self, **given):
        return self.at_site("POST", "settings", given)

    def users(self):
        return {one["user"]["email"]: one for one in self.at_site("GET", "users")["users"]}

    def user(self, member):
        return self.users()[member.email]

    def groups_of(self, member):
        names = {one["id"]: one["customer_reference"] for one in self.at_site("GET")["groups"]}
        return sorted(names[group] for group in self.user(member)["groups"])

    def state(self, member):
        return self.user(member)["subscription_state"]

    def seats(self):
        return self.at_site("GET")["seats"]["used"]

    def counting(self):
        """Return a counter of calls from now on."""
        start = self.at_site("GET", "counts")["last"]
        return lambda: self.control("GET", f"sites/{self.site['id']}/counts?after={start}")["by_call"]

    def calls(self, name):
        """Return the calls of a name, newest last."""
        return [one for one in self.at_site("GET", "calls")["calls"] if one["name"].startswith(name)]

    def answer(self, call, status, body, **headers):
        """Give the next call that begins so this answer, without asking SALTO KS."""
        self.box.wire.answer(call, status, json.dumps(body), **headers)


def full_site(doors, *, at):
    """Let staff lower the seats to those in use just before the next call that begins so."""
    real = doors.box.wire.send

    def send(request, *args, **kwargs):
        if f"{request.method} {request.path_url}".startswith(at):
            doors.box.wire.send = real
            doors.staff("seats", seats=doors.seats())
        return real(request, *args, **kwargs)

    doors.box.wire.send = send
