"""Pages of SALTO KS."""
