"""A stateful emulator of the part of Stripe that Flexspace uses, as strict as Stripe.

`sandbox.app.Sandbox` is the core; `python -m sandbox` serves it. See README.md.
"""
