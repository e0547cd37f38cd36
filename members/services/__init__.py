"""The verbs of the people who use the space."""
