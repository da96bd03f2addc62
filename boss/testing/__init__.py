"""The sql back office with the contract's data, and files to load.

For tests: a running hall loads none of it.
"""
