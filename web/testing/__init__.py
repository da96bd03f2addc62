"""The web hall over a store in memory. For tests: a running hall loads none of it."""
