"""Measurements, each one command: ``python -m benchmarks <name>``. Never part of the tests."""
