"""An SMSC with faults to order, and a gateway before it.

For tests: a running hall loads none of it.
"""
