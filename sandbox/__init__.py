"""A stateful emulator of the parts of Stripe and SALTO KS that Flexspace uses, as strict as they are.

`sandbox.app.Sandbox` is the core; `python -m sandbox` serves it. See README.md.
"""
