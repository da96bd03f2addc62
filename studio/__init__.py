"""Renders the voice. A running hall plays what is shipped and loads none of it."""
