"""From proto/*.proto to everything that is generated from the contract.

`contract` reads the .proto files through protoc into plain values and refuses what the contract's
rules forbid; `structs` writes the msgspec Structs. `python -m tools.protogen` regenerates,
`python -m tools.protogen --check` reports drift.
"""
