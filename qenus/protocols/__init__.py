"""What Qenus knows of each protocol, once: a folder each, and above them what all have in common.

A folder holds its pools or state (immutable values with the contracts' own integer rounding), its
maths, its reader (state reads as a plan) and its events. `catalogue` names the folders; no other
module outside a folder names a protocol. Pure: no clock, no I/O, no floats that decide.
"""

__all__: list[str] = []
