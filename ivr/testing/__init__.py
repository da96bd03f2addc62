"""SIP user agents on a bench, a hall whose parts fail to order, clips in name only.

For tests: a running hall loads none of it.
"""
