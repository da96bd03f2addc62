"""What holds the house together, as functions over source text, each tried on bad examples."""
