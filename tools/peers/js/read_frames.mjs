// Reads a line's messages in JavaScript: a worked example for subscribers in other languages.
//
// In: one message of a line as hex a line (topic, zero byte, frame), as an nng SUB socket gives it.
// Out: one JSON object a line: topic, seq, kind and the content's values; for the swaps of a
// concentrated-liquidity pool also the row by name; for a BlockEnd whether its digest is the one
// computed here. The tables of kinds and fields are in proto/REFERENCE.md.
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { decode } from "@msgpack/msgpack";

const FRAME = 2, BLOCK_END = 17, AMM_BATCH = 31, UNISWAP_V3_SWAP = 44;

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

// The rolling digest since the last BlockEnd: this example follows one chain's amm family.
let digest = Buffer.alloc(32);

function answer(message) {
  const end = message.indexOf(0);
  const topic = message.subarray(0, end).toString("ascii");
  const frame = read(message.subarray(end + 1));
  if (frame[0] !== FRAME) throw new Error(`expected a Frame, got kind ${frame[0]}`);
  const [, envelope, bytes] = frame;
  const content = read(bytes);
  const said = { topic, seq: shown(envelope[3]), kind: content[0], content: shown(content) };
  if (content[0] === AMM_BATCH) {
    digest = createHash("sha256").update(digest).update(bytes).digest();
    said.swaps = content[2].filter((each) => each[0] === UNISWAP_V3_SWAP).map(swapRow);
  }
  if (content[0] === BLOCK_END) {
    said.digest_agrees = digest.equals(content[6]);
    digest = Buffer.alloc(32);
  }
  return said;
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(Buffer.from(line, "hex"))));
}
