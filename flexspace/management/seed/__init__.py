"""The demo's made-up operator: two locations, their Stripe accounts in the sandbox, members, invoices, payments."""
