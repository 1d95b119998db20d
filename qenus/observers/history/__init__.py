"""Blocks of the past: a range of them from a node, and files that hold them.

backfill         a range of blocks from one node, proven and in order
recording        save a node's blocks as files
recorded_files   read such files within bounds
recorded         play them as a source; the actor
"""

__all__: list[str] = []
