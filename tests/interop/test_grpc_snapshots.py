"""The generated stubs speak gRPC: a snapshot arrives whole, its contents as on the lines."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

grpc = pytest.importorskip("grpc", reason="the extra grpc is not installed")
pytest.importorskip("google.protobuf", reason="the extra grpc is not installed")

from qenus.publishers import snapshot_pb2_grpc  # noqa: E402  needs grpc
from qenus.wire import (  # noqa: E402
    FIELDS,
    BlockRef,
    Family,
    Identity,
    PoolStateBatch,
    Snapshot,
    SnapshotRequest,
    Tier,
    UniswapV2PoolState,
    decode,
    encode,
    rolling_digest,
)
from qenus.wire.protobuf import blocks_pb2, lines_pb2, snapshot_pb2  # noqa: E402

pytestmark = pytest.mark.interop
_REF = BlockRef(1, 2**64 - 1, b"\x11" * 32, b"\x22" * 32)
_POOL = UniswapV2PoolState(
    b"\x01" * 20, b"\x02" * 20, b"\x03" * 20, 18, None, b"\xff" * 14, bytes(14), 3000
)
_CONTENT = encode(PoolStateBatch(Identity(_REF, Tier.SAFE, Family.POOL_STATE, "v"), (_POOL,)))


class _Node(snapshot_pb2_grpc.SnapshotsServicer):
    def Take(self, request, context):  # type: ignore[no-untyped-def]
        if request.chain_id != 1:
            context.abort(grpc.StatusCode.NOT_FOUND, f"chain {request.chain_id} is not followed")
        return snapshot_pb2.Snapshot(
            session=bytes(16),
            block=blocks_pb2.BlockRef(
                chain_id=1, number=_REF.number, hash=_REF.hash, parent_hash=_REF.parent_hash
            ),
            extractor_version="v",
            positions=[lines_pb2.Position(topic="nodes", next_seq=7, oldest_seq=0)],
            contents=[_CONTENT],
            digest=rolling_digest([_CONTENT]),
        )


@pytest.fixture
def stub() -> Iterator[snapshot_pb2_grpc.SnapshotsStub]:
    server = grpc.server(ThreadPoolExecutor(max_workers=1))
    snapshot_pb2_grpc.add_SnapshotsServicer_to_server(_Node(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield snapshot_pb2_grpc.SnapshotsStub(channel)
    server.stop(None).wait()


def test_a_snapshot_arrives_with_the_very_contents_of_the_lines(
    stub: snapshot_pb2_grpc.SnapshotsStub,
) -> None:
    got = stub.Take(snapshot_pb2.SnapshotRequest(chain_id=1), timeout=10)
    assert got.block.number == 2**64 - 1
    assert got.digest == rolling_digest(got.contents)
    assert decode(got.contents[0], PoolStateBatch).features == (_POOL,)
    assert [(each.topic, each.next_seq) for each in got.positions] == [("nodes", 7)]


def test_a_chain_that_the_node_does_not_follow_is_not_found(
    stub: snapshot_pb2_grpc.SnapshotsStub,
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        stub.Take(snapshot_pb2.SnapshotRequest(chain_id=2), timeout=10)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND


def test_protobuf_and_messagepack_number_the_same_fields_alike() -> None:
    for ours, theirs in (
        (Snapshot, snapshot_pb2.Snapshot),
        (SnapshotRequest, snapshot_pb2.SnapshotRequest),
        (BlockRef, blocks_pb2.BlockRef),
    ):
        numbered = {field.number: field.name for field in theirs.DESCRIPTOR.fields}
        assert numbered == {n: each.name for n, each in enumerate(FIELDS[ours], start=1)}
