"""What a node can do, found out by asking it: the ground of `qenus doctor`.

examination    every question in turn, each with a verdict of its own
node_checks    what is measured beyond single answers: receipts, batches, announcements
findings       what an examination comes to
"""

__all__: list[str] = []
