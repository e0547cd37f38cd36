"""Forms of members: people, what is on offer, and who holds what."""
