"""Codes of doors as sentences for people."""

from access.explain.problems import problem_sentence

__all__ = ["problem_sentence"]
