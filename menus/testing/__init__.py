"""A small hall, a scripted back office, and somebody to talk to the dialogue.

For tests: a running hall loads none of it.
"""
