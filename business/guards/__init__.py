"""What stands around a back office, each with the whole port on either side (:mod:`.passing`).

The server puts them, from the inside: ``connecting`` (one that is not there yet), ``deadline`` (no call lasts
longer), ``breaker`` (one that fails in a row is left alone), ``cached`` (answers kept for seconds),
``measured`` (each call is counted). ``keyed`` gives a billing system the keys that it has not; ``faults``
fails on purpose, for tests.
"""
