"""Reads of doors: connections, runs, people at a site."""
