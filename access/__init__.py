"""Doors: SALTO KS access groups and seats follow what members hold. The only app that speaks to SALTO KS."""
