"""Forms of the charge flow, of kept cards, and of the Stripe Config."""
