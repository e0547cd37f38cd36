"""Forms of SALTO KS."""
