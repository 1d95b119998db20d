"""What brings data in: nodes and recorded files. Each module is one kind of source.

Every source proves a block by the whole ladder before it hands it on, and gives the same frames
for the same block.
"""

__all__: list[str] = []
