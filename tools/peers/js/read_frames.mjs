// Reads a line's messages in JavaScript: a worked example for subscribers in other languages.
//
// In: one message of a line as hex a line (topic, zero byte, frame), as an nng SUB socket gives it.
// Out: one JSON object a line: topic, seq, kind and the content's values; for the swaps of a
// concentrated-liquidity pool also the row by name; for a BlockEnd whether counts and digests are
// those computed here. `missing` names the seqs that did not come and have to be asked for,
// `duplicate` a frame that came before. The tables of kinds and fields are in proto/REFERENCE.md.
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { decode } from "@msgpack/msgpack";

const FRAME = 2, BLOCK_END = 17, RETRACT = 18, UNISWAP_V3_SWAP = 44;
const HEARTBEAT = 61, END_OF_SESSION = 62;
const BLOCK_PURE = 1, STATE_PURE = 2;

// The batches by kind, and what each is a function of: a family may have one of either purity.
const BATCHES = new Map([
  [31, BLOCK_PURE], // AmmBatch
  [110, STATE_PURE], // PoolStateBatch
  [130, BLOCK_PURE], // BridgeBatch
  [132, STATE_PURE], // EscrowBatch
  [142, BLOCK_PURE], // GasBatch
  [155, BLOCK_PURE], // FlashLoanBatch
  [157, STATE_PURE], // FlashCapacityBatch
  [170, BLOCK_PURE], // PerpBatch
  [190, BLOCK_PURE], // SequencerBatch
  [210, BLOCK_PURE], // MevBatch
]);

// uint64 as BigInt: a double would round beyond 2^53.
const read = (bytes) => decode(bytes, { useBigInt64: true });

const hex = (bytes) => "0x" + Buffer.from(bytes).toString("hex");

const unsigned = (bytes) => BigInt(hex(bytes)).toString();

const signed = (bytes) => BigInt.asIntN(8 * bytes.length, BigInt(hex(bytes))).toString();

function shown(value) {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value === "bigint")
    return value <= BigInt(Number.MAX_SAFE_INTEGER) + 1n ? Number(value) : value.toString();
  return value;
}

// A message is an array: position 0 is its kind, position n its field number n.
function swapRow(swap) {
  return {
    transaction_hash: hex(swap[1]),
    transaction_index: swap[2],
    log_index: swap[3],
    address: hex(swap[4]),
    sender: hex(swap[5]),
    recipient: hex(swap[6]),
    amount0: signed(swap[7]),
    amount1: signed(swap[8]),
    sqrt_price_x96: unsigned(swap[9]),
    liquidity: unsigned(swap[10]),
    tick: swap[11],
  };
}

// The seq that comes next, by session and topic. What comes first sets it, as for who joins late.
const next = new Map();

function place(session, topic, seq) {
  const key = hex(session) + topic;
  const expected = next.get(key) ?? seq;
  if (seq < expected) return { duplicate: true };
  next.set(key, seq + 1n);
  if (seq === expected) return {};
  return { missing: { first_seq: shown(expected), count: shown(seq - expected) } };
}

// By chain, the batches of blocks that no BlockEnd has closed yet.
const open = new Map();

const hashOf = (block) => hex(block[3]);

function keep(chain, batch, bytes) {
  const [, identity, features, refused = []] = batch;
  const kept = {
    block: hashOf(identity[1]),
    family: Number(identity[3]),
    purity: BATCHES.get(batch[0]),
    features: features.length,
    refused: refused.length,
    bytes,
  };
  open.set(chain, [...(open.get(chain) ?? []), kept]);
}

function digestOf(batches) {
  const sha256 = (digest, { bytes }) => createHash("sha256").update(digest).update(bytes).digest();
  return batches.reduce(sha256, Buffer.alloc(32));
}

const sum = (batches, count) => batches.reduce((total, batch) => total + batch[count], 0);

// A BlockEnd closes what is a function of the block alone, or of its state: each apart.
function close(chain, end) {
  const [, block, , purity, , families, digest] = end;
  const isOf = (batch) => batch.block === hashOf(block) && batch.purity === Number(purity);
  const kept = open.get(chain) ?? [];
  open.set(chain, kept.filter((batch) => !isOf(batch)));
  const mine = families.map(([, family]) =>
    kept.filter((batch) => isOf(batch) && batch.family === Number(family)),
  );
  const agree = families.map(
    ([, , batches, features, refused, told], at) =>
      mine[at].length === Number(batches) &&
      sum(mine[at], "features") === Number(features) &&
      sum(mine[at], "refused") === Number(refused) &&
      digestOf(mine[at]).equals(told),
  );
  return {
    families_agree: Object.fromEntries(families.map(([, family], at) => [family, agree[at]])),
    digest_agrees: agree.every(Boolean) && digestOf(mine.flat()).equals(digest),
  };
}

function answer(message) {
  const end = message.indexOf(0);
  const topic = message.subarray(0, end).toString("ascii");
  const frame = read(message.subarray(end + 1));
  if (frame[0] !== FRAME) throw new Error(`expected a Frame, got kind ${frame[0]}`);
  const [, envelope, bytes] = frame;
  const content = read(bytes);
  const kind = content[0];
  const said = { topic, seq: shown(envelope[3]), kind, content: shown(content) };
  // Heartbeats and the end of a session bear no number of their own.
  if (kind !== HEARTBEAT && kind !== END_OF_SESSION)
    Object.assign(said, place(envelope[2], topic, BigInt(envelope[3])));
  if (said.duplicate) return said;
  const chain = topic.split(".").at(-1);
  if (BATCHES.has(kind)) {
    keep(chain, content, bytes);
    const swaps = content[2].filter((each) => each[0] === UNISWAP_V3_SWAP);
    if (swaps.length) said.swaps = swaps.map(swapRow);
  }
  if (kind === BLOCK_END) Object.assign(said, close(chain, content));
  if (kind === RETRACT) {
    // Take back what was said of this block; a part of it that is still open never closes.
    said.retracted = hashOf(content[1]);
    open.set(chain, (open.get(chain) ?? []).filter((batch) => batch.block !== said.retracted));
  }
  return said;
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(Buffer.from(line, "hex"))));
}
