"""Everything Stripe: accounts, readers, attempts to move money or keep a card, webhooks."""
