"""The contract between all packages: messages as bytes and as values.

`messages` is generated from proto/*.proto (`python -m tools.protogen`); the rest encodes
messages (`codec`), names their topics (`topics`), closes a block of them (`digest`) and shows them
to people (`reading`). Everything public is here.
"""

from qenus.wire import messages
from qenus.wire._declared import Declared, OpenEnum, WireMessage
from qenus.wire._path import claimed_kind
from qenus.wire.addresses import repair_address
from qenus.wire.codec import MAX_MESSAGE_BYTES, UnknownKind, decode, encode, frame
from qenus.wire.digest import EMPTY_DIGEST, extend_digest, rolling_digest
from qenus.wire.families import (
    BATCHES,
    Batch,
    batch_family,
    batch_identity,
    family_name,
    features_of,
)
from qenus.wire.frame_budget import MAX_BUFFERED_FRAMES, FrameBudget
from qenus.wire.messages import *  # noqa: F403  the generated module pins its own __all__
from qenus.wire.observed import Observed, ObservedFrames
from qenus.wire.reading import as_json, feature_rows
from qenus.wire.topics import (
    ALERTS,
    MAX_TOPIC_BYTES,
    NODES,
    OPPORTUNITIES,
    Topic,
    blocks_topic,
    features_topic,
    pack,
    parse_topic,
    split,
    subscription,
)

__all__ = [
    "ALERTS",
    "BATCHES",
    "EMPTY_DIGEST",
    "MAX_BUFFERED_FRAMES",
    "MAX_MESSAGE_BYTES",
    "MAX_TOPIC_BYTES",
    "NODES",
    "OPPORTUNITIES",
    "Batch",
    "Declared",
    "FrameBudget",
    "Observed",
    "ObservedFrames",
    "OpenEnum",
    "Topic",
    "UnknownKind",
    "WireMessage",
    "as_json",
    "batch_family",
    "batch_identity",
    "blocks_topic",
    "claimed_kind",
    "decode",
    "encode",
    "extend_digest",
    "family_name",
    "feature_rows",
    "features_of",
    "features_topic",
    "frame",
    "pack",
    "parse_topic",
    "repair_address",
    "rolling_digest",
    "split",
    "subscription",
]
__all__ += messages.__all__
