"""Guards of the money, each with the small change of text that takes it away and the tests that must notice.

At most forty. A change has to fit its file exactly once; ``old`` is what stands there, ``new`` what a bug would be.
"""

from dataclasses import dataclass

T = "tests/terminal/test_"
MATRIX = T + "fault_matrix_r.py::test_fm__"
TERMINAL, BILLING = "terminal/migrations/0001_v0_1_initial.py", "billing/migrations/0001_v0_1_initial.py"
UNIQUE = "models.UniqueConstraint("
HARMLESS = "models.CheckConstraint(condition=models.Q(id__gte=0), name='nothing_once')"
TWICE = T + "fm_keys.py::test_database_refuses_what_would_count_money_twice"
STALE = "schedules_reader.py::test_d_stale_failed_snapshot_is_dropped_when_an_older_command_answered_in_between"


@dataclass(frozen=True, slots=True)
class Bug:
    """One guard that is taken away."""

    guard: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


BUGS = (
    # Keys.
    Bug("a charge's key is its row's", "terminal/services/remote.py",
        "create_intent(\n        key=f\"pi:{attempt.uuid}\"",
        "create_intent(\n        key=f\"pi:{attempt.uuid}:{attempt.checks}\"",
        (T + "schedules_crashes.py::test_k_worker_killed_around_the_create_finds_its_intent_again",
         T + "fm_charge.py::test_create_without_a_good_answer_makes_one_intent")),
    Bug("an off-session charge's key is its row's", "terminal/services/remote.py",
        "charge_card(\n        key=f\"pi:{attempt.uuid}\"",
        "charge_card(\n        key=f\"pi:{attempt.uuid}:{attempt.dispatch_seq}\"",
        (T + "fault_matrix_b.py::test_fm__B2__F3_timeout_that_had_succeeded_is_one_payment",)),
    Bug("each command to a reader has its number", "terminal/services/dispatch.py",
        'f"disp:{attempt.uuid}:{seq}"', 'f"disp:{attempt.uuid}"',
        (T + "schedules_reader.py::test_e_reader_lights_up_again_after_a_decline",)),
    Bug("an answered cancel gets another key", "terminal/services/cancel.py",
        'f"cxl:{attempt.uuid}:{attempt.cancel_seq}"', 'f"cxl:{attempt.uuid}"',
        (T + "fm_keys.py::test_cancel_that_stripe_refused_once_is_asked_under_another_key",)),
    Bug("a refund's key is its own", "terminal/services/refund_step.py",
        'f"rf:{refund.uuid}"', 'f"rf:{refund.payment.uuid}"',
        (T + "refunds.py::test_money_goes_back_to_the_card_in_two_parts",)),
    Bug("a refund's key stays", "terminal/services/refund_step.py",
        'f"rf:{refund.uuid}"', 'f"rf:{refund.uuid}:{refund.calls}"',
        (MATRIX + "R2__F3_F5_lost_answers_of_what_was_done_refund_once",
         MATRIX + "R2__F2_killed_after_the_call_refunds_once")),
    Bug("a refund's old key is not sent again", "terminal/services/refund_step.py",
        "if refund.only_look or too_old or", "if refund.only_look or",
        (MATRIX + "R2__F2_key_too_old_is_looked_up_and_never_sent_again",)),
    Bug("an old off-session key is not sent again", "terminal/services/off_session.py",
        "if attempt.unanswered and (too_old or why):", "if attempt.unanswered and why:",
        (T + "off_session.py::test_doubt_is_never_discarded_and_an_old_key_is_never_sent_again",)),
    # Fences and judgements.
    Bug("the last look before a command", "terminal/services/dispatch.py",
        "if not row.still_owed:", "if False:",
        (T + "schedules_desks.py::test_n_invoice_paid_behind_our_back_before_the_dispatch_never_lights_the_reader",)),
    Bug("the last look before a saved card", "terminal/services/off_session.py",
        "if not row.still_owed:", "if False:", (T + "last_look.py",)),
    Bug("cancelling the intent is the fence", "terminal/services/cancel.py",
        "    _cancel_intent(attempt, timeout=timeout)\n    return True", "    return True",
        (T + "cancel.py::test_reader_is_cleared_before_the_intent_is_cancelled",)),
    Bug("only our own prompt is cleared", "terminal/services/cancel.py",
        "if reader.picture(attempt.remote_id) is not ReaderPicture.OURS_IN_PROGRESS:", "if False:",
        (T + "schedules_desks.py::test_h_cancel_of_a_declined_attempt_leaves_the_next_customers_prompt",)),
    Bug("a late intent of a discarded try is cancelled", "terminal/services/dispatch.py",
        "    if late:\n        cancel_orphan(attempt_id)", "    del late",
        (T + "deadline.py::test_intent_whose_answer_came_after_the_discard_is_kept_and_cancelled",)),
    Bug("a charge in doubt is not discarded", "terminal/services/cancel.py",
        "if attempt.state == S.RESERVED and attempt.unanswered:", "if False:",
        (T + "off_session.py::test_cancel_in_doubt_believes_stripe_paid",)),
    Bug("a reader with an unanswered command is not given up", "terminal/decide.py",
        "holds_reader=attempt.unanswered > 0,", "holds_reader=False,",
        (T + "schedules_reader.py::test_c_slow_command_lands_after_decline_and_replaces_nobody",)),
    Bug("a lost connection is no decline", "terminal/decide.py",
        "if reader.failure_code == CONNECTION_ERROR:", "if False:",
        (T + "decide.py::test_connection_error_is_never_a_decline",)),
    Bug("money that came late is booked", "terminal/decide.py",
        "if attempt.state is S.SUCCEEDED or (", "if attempt.state not in LIVE or (",
        (T + "late_success.py", T + "decide.py::test_success_is_booked_whatever_differs_and_flagged")),
    Bug("an unclear answer is not a refusal", "terminal/services/dispatch.py",
        "definite = answered and is_definite_refusal(problem.status, problem.code, ", "definite = answered and dict(",
        (T + "cancel.py::test_doubt_about_a_busy_reader_is_not_told_as_a_card_once_cancelling",)),
    Bug("an error after a lost answer ends no refund", "terminal/services/refund_step.py",
        "    if earlier:\n        _look(", "    if False:\n        _look(",
        (MATRIX + "R2__F4_refusal_after_a_lost_answer_is_not_believed",)),
    Bug("no more goes back than came", "billing/services/refunds.py",
        "check_amounts(locked, wish.parts, wish.loose, left)", "pass",
        (MATRIX + "R1__F4_more_than_can_go_back_is_refused_before_any_call",)),
    Bug("an older state of a refund is no news", "billing/decide.py",
        "(state is S.SUCCEEDED and to is S.PENDING)", "False", ("tests/billing/test_decide_refund.py",)),
    Bug("an event of another mode or account is dropped", "terminal/webhooks.py",
        'if bool(event.get("livemode")) != endpoint.livemode or event.get("account"):', "if False:",
        (T + "webhooks.py::test_event_of_the_other_mode_or_account_is_taken_and_dropped",)),
    Bug("a signature is good for five minutes", "terminal/stripe_client/signature.py",
        "if abs(now - int(stamps[0])) > TOLERANCE:", "if now - int(stamps[0]) > TOLERANCE:",
        (T + "webhooks.py::test_signature_is_good_for_five_minutes_in_both_directions",)),
    # Versions and claims.
    Bug("a stale picture is dropped", "terminal/services/settle.py",
        "if transition and (transition.absorbs or same):", "if transition:",
        (T + STALE,)),
    Bug("an attempt moves from the version that was read", "terminal/services/machine.py",
        "filter(pk=attempt.pk, version=attempt.version).update", "filter(pk=attempt.pk).update",
        (T + "transitions_log.py::test_writer_who_was_overtaken_changes_nothing",)),
    Bug("a refund moves from the version that was read", "billing/services/refund_moves.py",
        "filter(pk=refund.pk, version=refund.version).update", "filter(pk=refund.pk).update",
        (T + "fm_keys.py::test_writer_of_a_refund_who_was_overtaken_changes_nothing",)),
    Bug("one takes an attempt's step", "terminal/services/step.py",
        "    if not due.update(next_check_at=now + LEASE):\n        return False", "    due.update(next_check_at=now)",
        (T + "schedules_crashes.py::test_r_task_twice_at_once_sends_one_command",)),
    Bug("one takes a refund's step", "terminal/services/refund_step.py",
        "    if not due.update(next_check_at=now + LEASE):\n        return False", "    due.update(next_check_at=now)",
        (T + "fm_keys.py::test_refund_stepped_twice_at_once_is_sent_once",)),
    Bug("one processes an event", "terminal/event_handlers.py",
        "    if not claim.update(next_try_at=now + LEASE):\n        return",
        "    claim.update(next_try_at=now + LEASE)",
        (T + "events.py::test_event_that_cannot_be_processed_is_tried_later_and_later_and_stays_visible",)),
    # What the database refuses.
    Bug("one_live_attempt_per_invoice", TERMINAL,
        UNIQUE + "condition=models.Q(('live', True)), fields=('invoice',), name='one_live_attempt_per_invoice'), ", "",
        (T + "constraints.py::test_invoice_has_one_live_attempt_and_any_number_of_past_ones",)),
    Bug("attempt_one_per_reader", TERMINAL,
        UNIQUE + "condition=models.Q(('holds_reader', True)), fields=('reader',), name='attempt_one_per_reader'), ", "",
        (T + "constraints.py::test_second_attempt_cannot_hold_the_same_reader",
         T + "schedules_desks.py::test_g_two_invoices_one_reader_the_second_prompt_waits_for_a_person")),
    Bug("attempt_remote_id", TERMINAL,
        UNIQUE + "condition=models.Q(('remote_id__isnull', False)), fields=('remote_id',), name='attempt_remote_id'), ",
        "", (T + "constraints.py::test_intent_belongs_to_one_attempt",)),
    Bug("attempt_transition_version", TERMINAL,
        UNIQUE + "fields=('attempt', 'version'), name='attempt_transition_version')", "",
        (T + "constraints.py::test_version_is_logged_once_and_the_log_cannot_be_changed",)),
    Bug("webhook_event_once", TERMINAL, UNIQUE + "fields=('config', 'event_id'), name='webhook_event_once')", "",
        (T + "webhooks.py::test_good_event_is_stored_once_and_sets_no_cookie",)),
    Bug("payment.reference", BILLING,
        "('reference', models.CharField(max_length=80, unique=True)),\n                ('amount',",
        "('reference', models.CharField(max_length=80)),\n                ('amount',",
        (TWICE,)),
    Bug("refund.reference", BILLING,
        "('reference', models.CharField(blank=True, max_length=80, null=True, unique=True)),",
        "('reference', models.CharField(blank=True, max_length=80, null=True)),",
        (TWICE,)),
    Bug("allocation_once", BILLING,
        UNIQUE + "condition=models.Q(('moved_with', None)), fields=('payment', 'invoice'), name='allocation_once')",
        HARMLESS,
        (TWICE,)),
    Bug("credit_note_once", BILLING, UNIQUE + "fields=('refund', 'invoice'), name='credit_note_once')",
        HARMLESS,
        (TWICE,)),
    Bug("refund_transition_version", BILLING,
        UNIQUE + "fields=('refund', 'version'), name='refund_transition_version')",
        HARMLESS,
        (TWICE,)),
    Bug("notice_once", BILLING, UNIQUE + "fields=('kind', 'cause'), name='notice_once')",
        HARMLESS,
        (TWICE,)),
)  # fmt: skip
