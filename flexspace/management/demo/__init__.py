"""The one-command demo: what it starts, in which order, and how it keeps it running."""
