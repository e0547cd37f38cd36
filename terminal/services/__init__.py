"""The verbs: each is atomic where it writes, audited, and never calls Stripe inside a transaction."""
