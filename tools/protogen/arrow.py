"""Writes the Arrow schemas of the archive: one table a feature, with the block in front.

Values are what the wire carries: an integer beyond 64 bits is fixed-size big-endian binary, for
Arrow's decimals end at 76 digits and 2^256 has 78. Each field's metadata says its exact type.
"""

from tools.protogen.contract import Contract, Field, snake

__all__ = ["write_schemas"]

_HEAD = '''"""The Arrow schemas of the archive, by the name of the feature's message.

Generated from proto/*.proto by `python -m tools.protogen`. Do not edit: change the .proto files and
run it again. Needs the extra `archive`; nothing else of this package imports it.
"""
# fmt: off

from collections.abc import Mapping

import pyarrow as pa

__all__ = ["SCHEMAS"]


def _column(name: str, kind: pa.DataType, said: str, nullable: bool = False) -> pa.Field:
    """Make a column whose metadata says the exact type that the contract declares."""
    return pa.field(name, kind, nullable=nullable, metadata={"type": said})


'''
_BLOCK = """# Where a feature stands. The archive's row key is chain_id, block_hash, log_index.
_BLOCK = [
    pa.field("chain_id", pa.uint64(), nullable=False),
    pa.field("block_number", pa.uint64(), nullable=False),
    pa.field("block_hash", pa.binary(32), nullable=False),
    pa.field("parent_hash", pa.binary(32), nullable=False),
    pa.field("tier", pa.dictionary(pa.int8(), pa.string()), nullable=False),
    pa.field("extractor_version", pa.dictionary(pa.int16(), pa.string()), nullable=False),
]

"""
_PLAIN = {
    "string": "pa.string()",
    "bytes": "pa.binary()",
    "bool": "pa.bool_()",
    "address": "pa.binary(20)",
    "bytes16": "pa.binary(16)",
    "bytes32": "pa.binary(32)",
    "bytes48": "pa.binary(48)",
}


def write_schemas(contract: Contract) -> str:
    """Give the text of the module of schemas."""
    features = [each for each in contract.messages if each.feature]
    in_batches = _in_batches(contract)
    lines = ["SCHEMAS: Mapping[str, pa.Schema] = {"]
    for message in features:
        lines.append(f'    "{message.snake_name}": pa.schema([')
        if message.name in in_batches:
            lines.append("        *_BLOCK,")
        for field in message.fields:
            lines.append(_written(contract, field))
        lines.append("    ]),")
    return _HEAD + _BLOCK + _structs(contract) + "\n".join([*lines, "}"]) + "\n"


def _in_batches(contract: Contract) -> set[str]:
    """Name the features that travel in a batch, which says their block."""
    unions = {each.name: each.members for each in contract.messages if each.members}
    return {
        name
        for batch in contract.messages
        if batch.name.endswith("Batch")
        for field in batch.fields
        for name in unions.get(field.type, (field.type,))
    }


def _written(contract: Contract, field: Field) -> str:
    kind = _element(contract, field.type)
    if field.repeated:
        kind = f"pa.list_({kind})"
    optional = ", nullable=True" if field.optional else ""
    return f'        _column("{field.name}", {kind}, "{field.type}"{optional}),'


def _element(contract: Contract, kind: str) -> str:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind[0].isupper():
        return _nested(contract, kind)
    bits = int(kind.lstrip("suint"))
    if bits > 64:
        return f"pa.binary({bits // 8})"
    width = next(each for each in (8, 16, 32, 64) if bits <= each)
    return f"pa.{'u' if kind.startswith('u') else ''}int{width}()"


def _nested(contract: Contract, kind: str) -> str:
    if any(each.name == kind for each in contract.enums):
        return "pa.dictionary(pa.int8(), pa.string())"
    return f"_{snake(kind).upper()}"


def _structs(contract: Contract) -> str:
    """Write the messages that features contain, as structs, before the schemas that use them."""
    used = {field.type for each in contract.messages if each.feature for field in each.fields}
    lines = []
    for message in contract.messages:
        if message.name in used and not message.members:
            lines.append(f"_{message.snake_name.upper()} = pa.struct([")
            lines += [_written(contract, field)[4:] for field in message.fields]
            lines.append("])")
    return "".join(f"{line}\n" for line in lines)
