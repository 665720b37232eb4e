// What messages and first contacts cost libsignal: bytes on the wire and processor time.

import * as signal from '@signalapp/libsignal-client';

import { Cost, line, spread } from './measure.js';
import { Party, friends } from './party.js';
import { openWithin, sealWithin, Service, wrap } from './sealed.js';

const TEXT = new Uint8Array(256).fill(0x6d);
const GROUP = '11111111-1111-4111-8111-111111111111';
/** Steps that are run first and not counted, until the machine code is warm. */
const WARM = 200;

function same(text) {
  if (Buffer.compare(Buffer.from(text), Buffer.from(TEXT)) !== 0) throw new Error('another text');
}

async function repeat(times, step) {
  for (let turn = 0; turn < WARM; turn++) await step(new Cost(), new Cost(), turn);
  const [sealing, opening] = [new Cost(), new Cost()];
  const sizes = [];
  for (let turn = 0; turn < times; turn++) sizes.push(await step(sealing, opening, turn));
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  return { sealing, opening, sizes, mean };
}

function lines(name, { sealing, opening, sizes, mean }, detail = {}) {
  return [
    line(name, 'bytes', mean, { text: TEXT.length, sizes: spread(sizes), ...detail }),
    sealing.line(`${name}, seal`),
    opening.line(`${name}, open`),
  ];
}

/** Two people who take turns. */
export async function pingPong(times) {
  const people = await friends();
  const measured = await repeat(times, async (sealing, opening, turn) => {
    const [from, to] = [people[turn % 2], people[1 - (turn % 2)]];
    const sealed = await sealing.of(() => from.seal(to, TEXT));
    const bytes = sealed.serialize();
    same(await opening.of(() => to.open(from, sealed.type(), bytes)));
    return bytes.length;
  });
  return lines('message, no hidden sender', measured);
}

/** The same inside sealed sender. */
export async function hiddenPingPong(times) {
  const people = await friends();
  const service = new Service();
  const certificates = people.map((person) => service.certify(person));
  const measured = await repeat(times, async (sealing, opening, turn) => {
    const [from, to] = [people[turn % 2], people[1 - (turn % 2)]];
    const envelope = await sealing.of(() => sealWithin(from, to, certificates[turn % 2], TEXT));
    same(await opening.of(() => openWithin(to, service, envelope)));
    return envelope.length;
  });
  return lines('message', measured);
}

/** A message of a group under its sender key, without the envelopes around it. */
export async function senderKey(times) {
  const [anna, ben] = [new Party(), new Party()];
  const key = await signal.SenderKeyDistributionMessage.create(
    anna.address, GROUP, anna.senderKeys,
  );
  await signal.processSenderKeyDistributionMessage(anna.address, key, ben.senderKeys);
  const measured = await repeat(times, async (sealing, opening) => {
    const sealed = await sealing.of(() =>
      signal.groupEncrypt(anna.address, GROUP, anna.senderKeys, TEXT),
    );
    const bytes = sealed.serialize();
    same(await opening.of(() => signal.groupDecrypt(anna.address, ben.senderKeys, bytes)));
    return bytes.length;
  });
  return lines('group message (sender key)', measured, { key: key.serialize().length });
}

/** From fresh keys to the first message that is open. */
export async function contacts(times) {
  const [publishing, beginning, opening] = [new Cost(), new Cost(), new Cost()];
  const service = new Service();
  let [bundleBytes, plain, hidden] = [0, 0, 0];
  for (let turn = -20; turn < times; turn++) {
    const costs = turn < 0 ? [new Cost(), new Cost(), new Cost()] : [publishing, beginning, opening];
    const [anna, ben] = [new Party(), new Party()];
    const published = await costs[0].of(async () => ben.publish());
    const sealed = await costs[1].of(async () => {
      await anna.begin(ben, published.bundle);
      return anna.seal(ben, TEXT);
    });
    const bytes = sealed.serialize();
    const envelope = await wrap(anna, ben, service.certify(anna), sealed);
    same(await costs[2].of(() => ben.open(anna, sealed.type(), bytes)));
    [bundleBytes, plain, hidden] = [published.bytes, bytes.length, envelope.length];
  }
  return [
    line('keys published for one contact', 'bytes', bundleBytes),
    line('first message', 'bytes', hidden, { no_hidden_sender: plain }),
    publishing.line('contact, keys published'),
    beginning.line('contact, begin and seal'),
    opening.line('contact, open'),
  ];
}
