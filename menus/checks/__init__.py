"""The rules that a whole hall must keep."""
