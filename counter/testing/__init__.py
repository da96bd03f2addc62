"""A desk before the demo's back office, and what a turn of a conversation says.

For tests: a running hall loads none of it.
"""
