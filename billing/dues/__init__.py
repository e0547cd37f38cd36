"""What a month's billing run bills a payer, why it differs from the last bill, and what to look at first. Pure.

``facts`` holds what is known, ``lines`` makes the bill, ``changes`` compares it, ``cautions`` warns.
"""
