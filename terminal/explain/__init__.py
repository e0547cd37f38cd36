"""Sentences: what Stripe's codes and our states mean for the people at the desk."""

from terminal.explain.problems import (
    MAY_BE_SHOWN,
    READER_CHANGED,
    READER_ELSEWHERE,
    READER_GONE,
    SENT_OFTEN_ENOUGH,
    STRIPE_LOCATION_GONE,
    STRIPE_LOCATION_UNMAPPED,
    WRONG_CURRENCY,
    already_over_sentence,
    being_taken_sentence,
    busy_sentence,
    not_now_sentence,
    problem_sentence,
)
from terminal.explain.screen import Lamp, Screen, screen

__all__ = [
    "MAY_BE_SHOWN",
    "READER_CHANGED",
    "READER_ELSEWHERE",
    "READER_GONE",
    "SENT_OFTEN_ENOUGH",
    "STRIPE_LOCATION_GONE",
    "STRIPE_LOCATION_UNMAPPED",
    "WRONG_CURRENCY",
    "Lamp",
    "Screen",
    "already_over_sentence",
    "being_taken_sentence",
    "busy_sentence",
    "not_now_sentence",
    "problem_sentence",
    "screen",
]
