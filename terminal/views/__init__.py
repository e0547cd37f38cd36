"""Pages of everything Stripe."""
