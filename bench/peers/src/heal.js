// Messages to heal: somebody copied Ben's device at a moment; when does the copy stop reading what Ben is sent?
//
// Two thieves. The first has the whole state and today's computers. The second can break every
// Diffie-Hellman besides: it is given Ben's real classical state anew before each message, and only the
// post-quantum ratchet's state is its old copy. Both listen, and neither sends.

import { SignalMessage } from '@signalapp/libsignal-client';

import { friends } from './party.js';
import { pqStateOf, readHeader, withPqState } from './ratchet_header.js';

const TEXT = new Uint8Array(256).fill(7);

/** Two people who take turns; `turns` messages have been said between them. */
export class Talk {
  constructor(anna, ben) {
    Object.assign(this, { anna, ben, turns: 0 });
  }

  static async begun() {
    return new Talk(...(await friends()));
  }

  /** The next message. */
  async next() {
    const toBen = this.turns++ % 2 === 0;
    const [from, to] = toBen ? [this.anna, this.ben] : [this.ben, this.anna];
    const before = this.ben.copied(this.anna);
    const sealed = await from.seal(to, TEXT);
    const [type, bytes] = [sealed.type(), sealed.serialize()];
    await to.open(from, type, bytes);
    const header = readHeader(SignalMessage.deserialize(bytes).pqRatchet());
    return { toBen, type, bytes, before, header };
  }
}

/** Has the copy of everything; keeps up as long as it can. */
export class ClassicalThief {
  constructor(talk) {
    this.talk = talk;
    this.copy = talk.ben.thief(talk.anna, talk.ben.copied(talk.anna));
  }

  /** Whether it read a message to Ben. */
  async hears({ type, bytes }) {
    return this.copy.open(this.talk.anna, type, bytes).then(() => true, () => false);
  }

  async misses() {}
}

/** Has a copy of the post-quantum state, and whatever Diffie-Hellman protects. */
export class QuantumThief {
  constructor(talk) {
    this.talk = talk;
    this.state = pqStateOf(talk.ben.copied(talk.anna));
  }

  async hears({ type, bytes, before }) {
    const { anna, ben } = this.talk;
    const copy = ben.thief(anna, withPqState(before, this.state));
    try {
      await copy.open(anna, type, bytes);
    } catch {
      return false;
    }
    this.state = pqStateOf(copy.copied(anna));
    return true;
  }

  /** Ben sent something: the copy's state goes the same step on. */
  async misses({ before }) {
    const { anna, ben } = this.talk;
    const copy = ben.thief(anna, withPqState(before, this.state));
    await copy.seal(anna, TEXT);
    this.state = pqStateOf(copy.copied(anna));
  }
}

/** One moment of theft: messages of both people up to and with the first that the thief cannot read. */
export async function messagesToHeal(Thief, before, most) {
  const talk = await Talk.begun();
  for (let turn = 0; turn < before; turn++) await talk.next();
  const thief = new Thief(talk);
  for (let said = 1; said <= most; said++) {
    const message = await talk.next();
    if (!message.toBen) {
      await thief.misses(message);
    } else if (!(await thief.hears(message))) {
      // A thief who fails once must fail again: one refusal could be an accident of the library's state.
      await talk.next();
      const again = await thief.hears(await talk.next());
      return again ? Number.NaN : said;
    }
  }
  return Number.POSITIVE_INFINITY;
}

/** The same from what everybody can see: which epoch's secret was made after the theft, and first used when. */
export function healsByHeaders(messages, stolenAfter) {
  const later = messages.slice(stolenAfter);
  const mine = (message) => !message.toBen;
  const made = (epoch) =>
    messages.findIndex(
      (message) =>
        mine(message) &&
        message.header.epoch === epoch &&
        ['header', 'ciphertext1'].includes(message.header.kind),
    );
  const at = later.findIndex(
    (message) => message.toBen && made(message.header.epoch - 1) >= stolenAfter,
  );
  return at < 0 ? Number.POSITIVE_INFINITY : at + 1;
}

/** How many messages an epoch of the post-quantum ratchet takes, on average over `epochs` whole ones. */
export async function epochLengths(epochs) {
  const talk = await Talk.begun();
  const messages = [];
  const starts = [];
  while (starts.length <= epochs) {
    const message = await talk.next();
    messages.push(message);
    const last = starts.at(-1);
    if (last === undefined || message.header.epoch > last.epoch) {
      starts.push({ epoch: message.header.epoch, at: messages.length - 1 });
    }
  }
  const lengths = starts.slice(1).map((start, i) => start.at - starts[i].at);
  return { messages, lengths };
}
