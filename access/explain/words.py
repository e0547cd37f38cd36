"""Steps, findings and stops of a run in words."""

from collections.abc import Mapping
from typing import Any

from access.enums import FindingKind, RunKind, RunState, StepKind, StepState, StopCode
from access.explain.problems import PROBLEMS, problem_sentence
from access.models import SyncRun, SyncStep
from flexspace.core.badges import Badge

_DOES = {
    StepKind.REMOVE: "Out of {group}",
    StepKind.FORGET: "No longer counted as in {group}",
    StepKind.UNSUBSCRIBE: "Unsubscribed, which frees a seat",
    StepKind.LINK: "Tied to the SALTO KS user of the same address",
    StepKind.SUBSCRIBE: "Subscribed again",
    StepKind.CREATE: "Invited to SALTO KS",
    StepKind.ADD: "Into {group}",
}
_BECAUSE = {
    "entitled": "has a right to it",
    "expired": "what was agreed ran out",
    "ended": "what they held ended",
    "cancelled": "it was cancelled",
    "used_up": "the last day pass is used up",
    "paused": "the membership is paused",
    "archived": "the person was archived",
    "overdue": "an invoice is overdue",
    "not_mapped": "nothing they hold is mapped to it any more",
    "user_gone": "somebody removed the user from the site",
    "group_gone": "the group was deleted in SALTO KS",
    "not_there": "somebody took them out in SALTO KS",
    "never_came": "it never arrived",
    "invited": "we invited them",
    "same_address": "the e-mail address is the same",
}
_PROBLEMS = {
    "has_right": "They had a right again by then.",
    "stale": "What was seen was too old to take a seat away by it.",
    "still_in_a_group": "They were still in a group.",
    "not_obeyed": "SALTO KS said yes and did nothing.",
    "lease_lost": "Another run had begun.",
    "no_seat": "No seat was free.",
}
_BADGES = {
    StepState.PLANNED: ("Planned", "idle"),
    StepState.HELD_BACK: ("Held back", "warn"),
    StepState.DONE: ("Done", "ok"),
    StepState.FAILED: ("Failed", "bad"),
    StepState.NO_SEAT: ("No seat", "warn"),
    StepState.DROPPED: ("Not needed", "idle"),
    StepState.UNDONE: ("Undone", "idle"),
}
FINDINGS = {
    FindingKind.STRAY: "In SALTO KS, and nobody of ours",
    FindingKind.NO_REASON: "Still has access, without a reason of ours",
    FindingKind.OPENS_NOTHING: "Takes a seat and opens nothing",
    FindingKind.WAITING: "Waits for a seat",
    FindingKind.PROTECTED: "Protected, so left alone",
    FindingKind.HELD: "To be left alone for now",
    FindingKind.MATCH: "The same e-mail address: say whether it is the same person",
    FindingKind.AMBIGUOUS: "Several people share the e-mail address",
    FindingKind.NO_EMAIL: "Has no e-mail address, so cannot be invited",
    FindingKind.GONE: "Was removed from the site by somebody",
    FindingKind.SUSPENDED_BY_STAFF: "Was unsubscribed in SALTO KS by somebody",
    FindingKind.SUBSCRIBED_BY_STAFF: "Was subscribed in SALTO KS by somebody",
    FindingKind.TAKEN_OUT: "Was taken out of the group in SALTO KS by somebody",
    FindingKind.UNMANAGED: "Is left to staff",
    FindingKind.NO_SCHEDULE: "The group has no time schedule, so it opens nothing",
    FindingKind.GROUP_GONE: "The group was deleted in SALTO KS",
}
_STOPS = {
    StopCode.INCOMPLETE: "Part of the site could not be read, so nothing is taken away.",
    StopCode.SITE_EXPIRED: PROBLEMS["site_expired"],
    StopCode.OTHER_SITE: PROBLEMS["other_site"],
    StopCode.OWN_USER: PROBLEMS["own_user"],
    StopCode.CLOCK: "Our clock and SALTO’s differ by {seconds} seconds, so nothing is taken away.",
    StopCode.RESTORED: "The database was restored from a backup. People are let in, and nothing is taken away before a "
    "manager has confirmed on the page “Restored backup”.",
    StopCode.SHRUNK: "The site had {before} users and shows {now}. Nothing is taken away before somebody has looked.",
    StopCode.NO_MAPPINGS: "Nothing is mapped to any group, so {grants} places in groups would go. Map something first.",
    StopCode.MANY_UNSUBSCRIBES: "{planned} people would be unsubscribed at once; {most} of {of} may be without a look.",
    StopCode.MANY_REMOVALS: "{planned} places in groups would go at once; {most} of {of} may without a look.",
}
_STATES = {
    RunState.RUNNING: ("Running", "live"),
    RunState.DONE: ("Done", "ok"),
    RunState.PARTLY: ("Partly done", "warn"),
    RunState.FAILED: ("Failed", "bad"),
}
_KINDS = {RunKind.FULL: "Everybody", RunKind.PEOPLE: "Some people", RunKind.PREVIEW: "Preview"}


def step_words(step: SyncStep) -> str:
    """Return what a step does: "Into Front door"."""
    return _DOES[StepKind(step.kind)].format(group=step.group.name if step.group else "a group")


def because_words(codes: str) -> str:
    """Return the reason of a step, which may be several codes: "it was cancelled, an invoice is overdue"."""
    return ", ".join(_BECAUSE.get(code, code.replace("_", " ")) for code in codes.split(", ") if code)


def step_badge(step: SyncStep, *, writes: bool = True) -> Badge:
    """Return what became of a step; ``writes`` False: of a plan that was only looked at."""
    if step.state == StepState.PLANNED and not writes:
        return Badge("Would be done", "idle")
    return Badge(*_BADGES[StepState(step.state)])


def step_problem(step: SyncStep) -> str:
    """Return why a step was not done."""
    return _PROBLEMS.get(step.problem) or problem_sentence(step.problem)


def stop_words(stop: Mapping[str, Any]) -> str:
    """Return a stop's sentence; one that was carried over from the run before has no numbers."""
    try:
        return _STOPS[StopCode(stop["code"])].format(**stop)
    except KeyError:
        return "The last full run was stopped, so nothing is taken away before somebody has looked at it."


def problem_words(code: str) -> str:
    """Return the sentence of a connection's problem, which may be a stop of its last run."""
    return stop_words({"code": code}) if code in set(StopCode) and code not in PROBLEMS else problem_sentence(code)


def run_badge(run: SyncRun) -> Badge:
    """Return how a run ended; one that could do nothing at all did not end well."""
    if run.state == RunState.DONE and any(stop["firm"] for stop in run.stops):
        return Badge("Held back", "warn")
    return Badge(*_STATES[RunState(run.state)])


def run_kind(run: SyncRun) -> str:
    """Return whom a run looked at."""
    return _KINDS[RunKind(run.kind)]
