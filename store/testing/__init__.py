"""A store in a folder of its own, and a PostgreSQL server.

For tests: a running hall loads none of it.
"""
