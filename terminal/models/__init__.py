"""Rows of everything Stripe."""
