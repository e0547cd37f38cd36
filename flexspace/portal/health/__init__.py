"""Whether everything that a desk needs works: the checks, what they are given, and who is told."""
