"""How a node is watched by people and machines, beside the data path and never in its way.

logs               the log of `qenus run`: processors, rates, secrets
line_writer        lines to a descriptor from a thread, behind a bounded queue
whole_writes       bytes written whole to a descriptor, whether or not it blocks
"""

__all__: list[str] = []
