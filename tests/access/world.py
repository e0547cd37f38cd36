"""The doors as a game: what members, staff, networks, clocks and processes may do, and what must hold at each call.

I9: nobody with a right loses a group of ours or the seat. I10: nobody without one keeps them for long. I11: who is not
ours is not touched. I12: an unsubscribing follows a look that showed no group.
"""

import datetime as dt
import json
import re
from contextlib import suppress

from django.core.management import call_command
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from access import tasks
from access.models import AccessGroup, SaltoKSConfig, SaltoUser
from access.salto_client import SaltoProblem
from access.services.gathering import rights_at
from access.services.syncing import run_anyway, sync
from flexspace.core.errors import DomainError
from flexspace.core.models import JobLease, Location, User
from flexspace.core.roles import Role
from members.models import Membership
from tests.access.doors import BY, Doors
from tests.factories.members import make_member
from tests.terminal.wire import Killed

picks = st.integers(0, 3)
CALLS = ["GET users$", "GET users/{user}", "GET access_groups$", "GET access_groups/{group}/users", "GET sites/{site}",
         "POST users$", "PATCH access_groups", "PATCH users/{user}/subscription", ""]  # fmt: skip
FAULTS = ["answer_lost", "request_lost", "unavailable", "error_before", "error_after", "error_in_200", "page_short",
          "page_error"]  # fmt: skip
DYING = ["POST /salto/api/v1.2", "PATCH /salto/api/v1.1", "PATCH /salto/api/v1.2", "GET /salto/api/v1.1",
         "POST /salto/identity"]  # fmt: skip
STATE = re.compile(r"/users/([^/]+)/subscription")
GROUP = re.compile(r"/access_groups/([^/]+)/users$")
BOUND = 5  # quarters of an hour in which everything is in order again once all is well


class DoorsWorld(RuleBasedStateMachine):
    """Four members, two plans, three groups, six seats. ``build`` is set by the test: it makes an empty sandbox."""

    build = None

    def __init__(self):
        super().__init__()
        call_command("flush", interactive=False, verbosity=0)
        box, clock = type(self).build()
        place = Location.objects.create(
            name="Hafenplatz", code="HFN", time_zone="Europe/Berlin", currency="EUR", country="DE"
        )
        ada = User.objects.create_user("ada@example.com", name="Ada", role=Role.ADMIN)
        self.doors = Doors(box, clock, place, ada, seats=6)
        self.plans = [self.doors.plan("Flex", "Members"), self.doors.plan("Office", "Floor 1")]
        self.members = [make_member(place, name=f"Person {number}") for number in range(4)]
        self.doors.staff("add_user", first_name="Carla", email="carla@example.org", groups=["Members", "Cleaners"])
        self.carla = self.doors.users()["carla@example.org"]
        self.by_staff: set[int] = set()  # members whom staff changed behind our back
        self.given: set[tuple[str, str]] = set()  # (group, platform id) that we ever asked for
        self.watch()

    # What must hold at each call, seen on the wire.

    def watch(self):
        real = self.doors.box.wire.send

        def send(request, *args, **kwargs):
            if request.method == "PATCH":
                self.judge(request.path_url, json.loads(request.body))
            return real(request, *args, **kwargs)

        self.doors.box.wire.send = send

    def judge(self, path, body):
        at_group, at_state = GROUP.search(path), STATE.search(path)
        if at_group:
            for platform in body.get("remove_ids", []):
                assert (at_group[1], platform) in self.given, "I11: took away what we never gave"
                assert at_group[1] not in self.rights(SaltoUser.objects.get(platform_id=platform)), "I9"
            self.given |= {(at_group[1], platform) for platform in body.get("add_ids", [])}
            self.only_ours(
                SaltoUser.objects.filter(platform_id__in=[*body.get("add_ids", []), *body.get("remove_ids", [])])
            )
        if at_state:
            user = SaltoUser.objects.get(site_user_id=at_state[1])
            self.only_ours([user])
            if body["state"] == "suspended":
                assert self.rights(user) == set(), "I9"
                inside = next(one for one in self.doors.users().values() if one["id"] == at_state[1])["groups"]
                assert inside == [], "I12"

    def only_ours(self, users):
        for user in users:
            assert user.member_id is not None, "I11"
            assert user.managed, "I11"
            assert user.site_user_id not in (self.carla["id"], self.doors.site["service"]["user_id"]), "I11"

    def rights(self, user):
        found = rights_at(self.doors.config, [user.member_id], timezone.now()).get(user.member_id)
        return set(found.groups) if found else set()

    # What may happen.

    def quietly(self, deed):
        with suppress(DomainError, Killed, SaltoProblem):
            deed()

    def user_of(self, pick):
        row = SaltoUser.objects.filter(member=self.members[pick]).exclude(site_user_id="").first()
        return row.site_user_id if row else None

    @rule(pick=picks, plan=st.integers(0, 1), told=st.booleans())
    def buys(self, pick, plan, told):
        held = Membership.objects.filter(member=self.members[pick], plan=self.plans[plan])
        if not held.update(ends_on=None, cancelled_at=None):
            Membership.objects.create(location=self.doors.location, plan=self.plans[plan], member=self.members[pick],
                                      starts_on=dt.date(2026, 11, 1))  # fmt: skip
        self.tell(pick, told)

    @rule(pick=picks, told=st.booleans())
    def ends(self, pick, told):
        Membership.objects.filter(member=self.members[pick]).update(ends_on=dt.date(2026, 11, 24))
        self.tell(pick, told)

    def tell(self, pick, told):
        """Let the site hear of it a second later: no two deeds of people are of one instant."""
        self.doors.clock.shift(1)
        if told:  # or the message was lost
            self.quietly(lambda: tasks.sync_members(self.members[pick].pk))

    @rule()
    def minute_passes(self):
        self.doors.pass_time(minutes=1)
        self.quietly(lambda: tasks.sync_due_of(self.doors.config.pk))

    @rule(hours=st.sampled_from([0, 0, 2, 25]))
    def quarter_of_an_hour_passes(self, hours):
        self.doors.pass_time(minutes=15, hours=hours)
        self.quietly(lambda: tasks.sync_all_of(self.doors.config.pk))

    @rule(hours=st.sampled_from([0, 1, 24]))
    def grace_is_changed(self, hours):
        self.doors.set(grace_hours=hours)

    @rule(call=st.sampled_from(CALLS), kind=st.sampled_from(FAULTS), times=st.integers(1, 4))
    def network_fails(self, call, kind, times):
        self.doors.fault(kind, call, times=times)

    @rule(moment=st.sampled_from(["before", "after"]), call=st.sampled_from(DYING))
    def next_caller_dies(self, moment, call):
        self.doors.box.wire.kill(moment, call)

    @rule(seats=st.integers(3, 8))
    def seats_change(self, seats):
        self.doors.staff("seats", seats=seats)

    @rule(pick=picks, deed=st.sampled_from(["suspend", "subscribe", "block", "unblock", "remove"]))
    def staff_change_somebody(self, pick, deed):
        user = self.user_of(pick)
        if user:
            self.by_staff.add(pick)
            with suppress(AssertionError):  # no seat, or gone already
                self.doors.staff(deed, user=user)

    @rule(pick=picks, group=st.sampled_from(["Members", "Floor 1", "Cleaners"]), into=st.booleans())
    def staff_change_a_group(self, pick, group, into):
        user = self.user_of(pick)
        if user:
            self.by_staff.add(pick)
            with suppress(AssertionError):
                self.doors.staff("add_to_group" if into else "remove_from_group", user=user, group=group)

    @rule(seconds=st.sampled_from([0, 0, 3600]))
    def clocks_differ(self, seconds):
        self.doors.control("POST", "settings", {"clock_skew_seconds": seconds})

    @rule(valid=st.booleans())
    def voucher_runs_out(self, valid):
        self.doors.staff("renew" if valid else "expire")

    @rule()
    def own_user_is_blocked(self):
        self.doors.staff("block", user=self.doors.site["service"]["user_id"])

    @rule(seconds=st.sampled_from([0, 60]))
    def platform_lags(self, seconds):
        self.doors.fault("new_user_lag", seconds=seconds)

    # What must hold in the end, when all is well again.

    def teardown(self):
        doors = self.doors
        doors.control("DELETE", f"sites/{doors.site['id']}/faults")
        doors.control("POST", "settings", {"clock_skew_seconds": 0})
        doors.staff("renew")
        doors.staff("seats", seats=20)
        doors.staff("unblock", user=doors.site["service"]["user_id"])
        doors.box.wire.heal()
        doors.set(grace_hours=0)
        JobLease.objects.update(holder=None, leased_until=None)
        for _ in range(BOUND):
            doors.pass_time(minutes=31)
            run = sync(SaltoKSConfig.objects.get(), by=BY)
            if SaltoKSConfig.objects.get().state == "broken":  # a new refresh token died with the process that had it
                doors.sign_in()
                continue
            if run.stops:
                run_anyway(doors.config, by=BY, run=run)
        calm = doors.run()
        assert not calm.steps.exists(), list(calm.steps.values_list("kind", "state", "problem"))
        carla = doors.users()["carla@example.org"]
        assert (carla["groups"], carla["subscription_state"]) == (self.carla["groups"], "subscribed")
        for pick, member in enumerate(self.members):
            if pick not in self.by_staff:
                self.in_order(member)

    def in_order(self, member):
        user = self.doors.users().get(member.email)
        row = SaltoUser.objects.filter(member=member).first()
        wanted = self.rights(row) if row else set()
        names = dict(AccessGroup.objects.values_list("group_id", "name"))
        if user is None:
            assert not wanted, "I9: never let in"
            return
        assert set(user["groups"]) == wanted, ("I9" if wanted else "I10", {names[one] for one in wanted})
        if wanted:
            assert user["subscription_state"] == "subscribed", "I9"
        elif row.grants.filter(confirmed_at__isnull=False).exists():
            assert user["subscription_state"] == "suspended", "I10: still takes a seat"
