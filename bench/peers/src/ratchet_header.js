// Reads what a message shows of the post-quantum ratchet, and moves that ratchet's state between records.
//
// The layouts are facts of libsignal's format: the header from the comment on `Message::serialize` in
// signalapp/SparsePostQuantumRatchet (src/v1/chunked/states/serialize.rs), the numbers of fields from
// signalapp/libsignal (rust/protocol/src/proto/storage.proto). No code is taken from either.

/** What a message's chunk is of, by its number on the wire. */
export const KINDS = ['none', 'header', 'key', 'key+ack', 'ack', 'ciphertext1', 'ciphertext2'];

function varint(bytes, at) {
  let value = 0;
  for (let shift = 0; shift < 49; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
  throw new Error('a number is longer than it may be');
}

/** The epoch that is being agreed on, and what this message carries of it. */
export function readHeader(bytes) {
  if (bytes.length < 4 || bytes[0] !== 1) {
    throw new Error('no post-quantum ratchet of version 1 in this message');
  }
  const [epoch, afterEpoch] = varint(bytes, 1);
  const [, at] = varint(bytes, afterEpoch);
  if (KINDS[bytes[at]] === undefined) throw new Error('a kind of chunk that is not known here');
  return { epoch, kind: KINDS[bytes[at]], bytes: bytes.length };
}

function fieldsOf(bytes) {
  const fields = [];
  for (let at = 0; at < bytes.length; ) {
    const begun = at;
    const [tag, afterTag] = varint(bytes, at);
    let content = null;
    if (tag % 8 === 2) {
      const [length, start] = varint(bytes, afterTag);
      at = start + length;
      content = bytes.subarray(start, at);
    } else if (tag % 8 === 0) {
      [, at] = varint(bytes, afterTag);
    } else {
      throw new Error('a kind of field that is not known here');
    }
    fields.push({ number: Math.floor(tag / 8), content, raw: bytes.subarray(begun, at) });
  }
  return fields;
}

function written(number, content) {
  const head = [];
  for (let left of [number * 8 + 2, content.length]) {
    for (; left >= 0x80; left = Math.floor(left / 128)) head.push((left % 128) + 0x80);
    head.push(left);
  }
  return Buffer.concat([Buffer.from(head), content]);
}

function replaced(bytes, number, change) {
  let found = false;
  const parts = fieldsOf(bytes).map((field) => {
    if (field.number !== number) return field.raw;
    found = true;
    return written(number, change(field.content));
  });
  if (!found) throw new Error(`a record without field ${number}`);
  return Buffer.concat(parts);
}

const CURRENT_SESSION = 1;
const PQ_STATE = 15;

/** The post-quantum ratchet's state in a record of a session. */
export function pqStateOf(record) {
  const session = fieldsOf(record).find((field) => field.number === CURRENT_SESSION);
  const state = session && fieldsOf(session.content).find((field) => field.number === PQ_STATE);
  if (!state) throw new Error('a record without a post-quantum ratchet');
  return Buffer.from(state.content);
}

/** The record with another state of the post-quantum ratchet, and everything else as it was. */
export function withPqState(record, state) {
  return replaced(record, CURRENT_SESSION, (session) => replaced(session, PQ_STATE, () => state));
}
