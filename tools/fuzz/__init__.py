"""Fuzzers: what any bytes from outside may do to a parser, tried by the million."""
