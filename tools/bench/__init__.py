"""What `qenus bench NAME` runs: one module a bench, each with `measure() -> dict`.

A measurement is one object: name, unit, ours, baseline, ratio (above 1: we are better), runs and
detail. Ours and the baseline take turns in the same run, so that other load of the machine falls
on both. Medians are given, and what bounded them.
"""

from tools.bench.recorded import recorded_block

__all__ = ["recorded_block"]
