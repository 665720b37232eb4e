// Takes all figures of libsignal and prints a line of JSON for each.

import { readFileSync } from 'node:fs';

import { contacts, hiddenPingPong, pingPong, senderKey } from './costs.js';
import {
  ClassicalThief, QuantumThief, epochLengths, healsByHeaders, messagesToHeal,
} from './heal.js';
import { line, median } from './measure.js';

const MESSAGES = 2_000;
const CONTACTS = 200;

function say(lines) {
  for (const each of lines) console.log(JSON.stringify(each));
}

function healing(name, counts, by) {
  if (!counts.every(Number.isFinite)) throw new Error(`no healing where it must be: ${counts}`);
  const detail = { least: Math.min(...counts), most: Math.max(...counts), thefts: counts.length, by };
  return line(name, 'messages', median(counts), detail);
}

async function healingOf(Thief, moments, most) {
  const counts = [];
  for (const moment of moments) counts.push(await messagesToHeal(Thief, moment, most));
  return counts;
}

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const { version } = lock.packages['node_modules/@signalapp/libsignal-client'];
console.log(JSON.stringify({ peer: 'libsignal', version, node: process.version, arch: process.arch }));

say(await hiddenPingPong(MESSAGES));
say(await pingPong(MESSAGES));
say(await senderKey(MESSAGES));
say(await contacts(CONTACTS));

const classical = await healingOf(ClassicalThief, [0, 1, 2, 3, 10, 11, 24, 25], 40);
say([healing('messages to heal, classical', classical, 'a copy of the session that stops reading')]);

const { messages, lengths } = await epochLengths(6);
const period = lengths.at(-1) + lengths.at(-2);
say([line('messages per post-quantum epoch', 'messages', lengths.at(-1), { lengths })]);
const everyMoment = Array.from({ length: period }, (_, at) => healsByHeaders(messages, lengths[0] + at));
const headers = 'what headers show: the first message to Ben under a secret made after the theft';
say([healing('messages to heal, post-quantum', everyMoment, headers)]);
const moments = Array.from({ length: 16 }, (_, at) => lengths[0] + Math.floor((at * period) / 16));
const copies = await healingOf(QuantumThief, moments, 2 * period);
const grafted = 'a copy of the post-quantum state, given the real classical state, that stops reading';
const checked = healing('messages to heal, post-quantum, by copy', copies, grafted);
checked.detail.by_headers_at_the_same_moments = moments.map((at) => healsByHeaders(messages, at));
checked.detail.by_copy = copies;
say([checked]);
