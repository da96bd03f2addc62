"""The hall as data, and the vocabulary of whoever reads, checks, matches or walks it."""
