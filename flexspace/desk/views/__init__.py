"""The counter's page, its cart, its till and its door."""
