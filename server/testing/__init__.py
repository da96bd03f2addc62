"""The hall as a process, the peers that call it, and ports for all of them.

For tests: a running hall loads none of it.
"""
