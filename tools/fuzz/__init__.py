"""Fuzzers: parsers against arbitrary bytes from outside."""
