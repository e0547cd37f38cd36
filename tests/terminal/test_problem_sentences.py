"""Whatever Stripe refuses becomes a sentence that says what to do; its code is kept beside it."""

import pytest

from terminal.explain import problem_sentence
from terminal.explain.problems import PARAMS, PROBLEMS, STATUSES
from terminal.stripe_client import StripeRefused, StripeUnreachable

# What the pages of the Stripe Config and of a charge can meet: https://docs.stripe.com/error-codes
MET = {
    "terminal_reader_offline", "terminal_reader_busy", "terminal_reader_timeout", "terminal_reader_hardware_fault",
    "terminal_reader_invalid_location_for_payment", "terminal_reader_invalid_location_for_activation",
    "terminal_location_country_unsupported", "intent_invalid_state", "resource_missing", "amount_too_small",
    "amount_too_large", "rate_limit", "lock_timeout", "idempotency_key_in_use", "api_key_expired", "account_invalid",
    "parameter_missing", "url_invalid",
}  # fmt: skip
CURES = (
    "admin", "take", "choose", "wait", "read", "again", "by itself", "being asked", "charge", "check", "let", "write",
    "no card readers", "customer", "may show", "fill in", "must be",
)  # fmt: skip


def test_every_code_that_can_be_met_has_a_sentence():
    assert PROBLEMS.keys() >= MET


@pytest.mark.parametrize("sentence", sorted({*PROBLEMS.values(), *STATUSES.values(), *PARAMS.values()}))
def test_every_sentence_is_whole_and_says_what_to_do(sentence):
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "{" not in sentence
    assert any(cure in sentence.lower() for cure in CURES), sentence


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429])
def test_code_nobody_knows_keeps_stripes_own_words_or_the_status(status):
    said = problem_sentence(StripeRefused("The sky fell.", code="sky_fell", status=status))
    assert said == STATUSES.get(status, "Stripe refused: The sky fell.")


def test_param_counts_only_where_there_is_no_code():
    plain = StripeRefused("No.", param="registration_code", status=400)
    coded = StripeRefused("No.", param="registration_code", code="terminal_reader_offline", status=400)
    assert problem_sentence(plain) == PARAMS["registration_code"]
    assert problem_sentence(coded) == PROBLEMS["terminal_reader_offline"]


def test_missing_permission_is_named():
    lacking = StripeRefused("Having the 'rak_charge_read' permission would allow it.", status=403)
    assert "charge_read" in problem_sentence(lacking)
    assert "rak_" not in problem_sentence(lacking)
    assert problem_sentence(StripeUnreachable("gone")) == PROBLEMS["unreachable"]
