"""A server that lies, certificates, and all that goes over the wire.

For tests: a running hall loads none of it.
"""
