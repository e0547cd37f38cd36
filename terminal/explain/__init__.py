"""Sentences: what Stripe's codes and our states mean for the people at the desk."""

from terminal.explain.cards import card_line, charged_instead, how_given, what_withdrawal_does
from terminal.explain.lamps import Lamp
from terminal.explain.problems import (
    MAY_BE_SHOWN,
    MAY_GO_BACK,
    READER_CHANGED,
    READER_ELSEWHERE,
    READER_GONE,
    SENT_OFTEN_ENOUGH,
    SHOWS_OTHERS,
    STRIPE_LOCATION_GONE,
    STRIPE_LOCATION_UNMAPPED,
    WRONG_CURRENCY,
    already_over_sentence,
    being_taken_sentence,
    busy_sentence,
    end_it_first,
    not_now_sentence,
    problem_sentence,
)
from terminal.explain.receipts import STRIPES_RECEIPT, customer_gets, receipt_planned, stripes_words
from terminal.explain.screen import Screen, picture_name, screen
from terminal.explain.words import kept_for, way_of, ways_title

__all__ = [
    "MAY_BE_SHOWN",
    "MAY_GO_BACK",
    "READER_CHANGED",
    "READER_ELSEWHERE",
    "READER_GONE",
    "SENT_OFTEN_ENOUGH",
    "SHOWS_OTHERS",
    "STRIPES_RECEIPT",
    "STRIPE_LOCATION_GONE",
    "STRIPE_LOCATION_UNMAPPED",
    "WRONG_CURRENCY",
    "Lamp",
    "Screen",
    "already_over_sentence",
    "being_taken_sentence",
    "busy_sentence",
    "card_line",
    "charged_instead",
    "customer_gets",
    "end_it_first",
    "how_given",
    "kept_for",
    "not_now_sentence",
    "picture_name",
    "problem_sentence",
    "receipt_planned",
    "screen",
    "stripes_words",
    "way_of",
    "ways_title",
    "what_withdrawal_does",
]
