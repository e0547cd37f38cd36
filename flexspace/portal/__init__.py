"""Pages that mix apps: home, search, health."""
