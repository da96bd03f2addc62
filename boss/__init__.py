"""Our reference billing system, behind the port like anybody's (:mod:`business.port`).

The demo's back office, and one for small operators.
"""
