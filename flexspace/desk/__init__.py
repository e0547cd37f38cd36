"""The counter: find somebody, sell, take the money, let them in. One page over rows that outlive it."""
