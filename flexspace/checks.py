"""System checks: what would make a start unsafe, said before it starts."""
