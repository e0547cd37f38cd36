"""People, companies and what they hold."""
