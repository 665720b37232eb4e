// A person with one device, as libsignal sees one: keys, sessions and prekeys, all in memory.
//
// The peer gets the cheapest stores there are (maps of ready objects), so that its times are its own.
// Nothing here is a model for an application: nothing is kept, nobody is asked whether a key is trusted.

import { randomUUID } from 'node:crypto';
import * as signal from '@signalapp/libsignal-client';

class Sessions extends signal.SessionStore {
  held = new Map();

  async saveSession(name, record) {
    this.held.set(name.toString(), record);
  }

  async getSession(name) {
    return this.held.get(name.toString()) ?? null;
  }

  async getExistingSessions(names) {
    return names.map((name) => this.held.get(name.toString()));
  }
}

class Identities extends signal.IdentityKeyStore {
  held = new Map();

  constructor(key, registration) {
    super();
    this.key = key;
    this.registration = registration;
  }

  async getIdentityKey() {
    return this.key;
  }

  async getLocalRegistrationId() {
    return this.registration;
  }

  async saveIdentity(name, key) {
    const before = this.held.get(name.toString());
    this.held.set(name.toString(), key);
    const replaced = before !== undefined && !before.equals(key);
    return replaced ? signal.IdentityChange.ReplacedExisting : signal.IdentityChange.NewOrUnchanged;
  }

  async isTrustedIdentity(name, key) {
    const before = this.held.get(name.toString());
    return before === undefined || before.equals(key);
  }

  async getIdentity(name) {
    return this.held.get(name.toString()) ?? null;
  }
}

// The three stores of prekeys differ in the names of their methods only.
class PreKeys extends signal.PreKeyStore {
  held = new Map();

  async savePreKey(id, record) {
    this.held.set(id, record);
  }

  async getPreKey(id) {
    return this.held.get(id);
  }

  async removePreKey(id) {
    this.held.delete(id);
  }
}

class SignedPreKeys extends signal.SignedPreKeyStore {
  held = new Map();

  async saveSignedPreKey(id, record) {
    this.held.set(id, record);
  }

  async getSignedPreKey(id) {
    return this.held.get(id);
  }
}

class KyberPreKeys extends signal.KyberPreKeyStore {
  held = new Map();

  async saveKyberPreKey(id, record) {
    this.held.set(id, record);
  }

  async getKyberPreKey(id) {
    return this.held.get(id);
  }

  async markKyberPreKeyUsed() {}
}

class SenderKeys extends signal.SenderKeyStore {
  held = new Map();

  async saveSenderKey(sender, group, record) {
    this.held.set(`${sender}/${group}`, record);
  }

  async getSenderKey(sender, group) {
    return this.held.get(`${sender}/${group}`) ?? null;
  }
}

let registrations = 1;

/** A fresh person. */
export class Party {
  constructor() {
    this.uuid = randomUUID();
    this.address = signal.ProtocolAddress.new(this.uuid, 1);
    this.identity = signal.IdentityKeyPair.generate();
    this.registration = registrations++;
    this.sessions = new Sessions();
    this.identities = new Identities(this.identity.privateKey, this.registration);
    this.preKeys = new PreKeys();
    this.signedPreKeys = new SignedPreKeys();
    this.kyberPreKeys = new KyberPreKeys();
    this.senderKeys = new SenderKeys();
  }

  /** Publishes one prekey of each kind; gives the bundle and its size in raw bytes. */
  publish(id = 1) {
    const once = signal.PrivateKey.generate();
    const signed = signal.PrivateKey.generate();
    const kem = signal.KEMKeyPair.generate();
    const sign = (key) => this.identity.privateKey.sign(key.serialize());
    const signature = sign(signed.getPublicKey());
    const kemSignature = sign(kem.getPublicKey());
    const now = Date.now();
    this.preKeys.held.set(id, signal.PreKeyRecord.new(id, once.getPublicKey(), once));
    this.signedPreKeys.held.set(
      id,
      signal.SignedPreKeyRecord.new(id, now, signed.getPublicKey(), signed, signature),
    );
    this.kyberPreKeys.held.set(id, signal.KyberPreKeyRecord.new(id, now, kem, kemSignature));
    const bundle = signal.PreKeyBundle.new(
      this.registration, 1, id, once.getPublicKey(), id, signed.getPublicKey(), signature,
      this.identity.publicKey, id, kem.getPublicKey(), kemSignature,
    );
    const parts = [
      once.getPublicKey().serialize(), signed.getPublicKey().serialize(), signature,
      this.identity.publicKey.serialize(), kem.getPublicKey().serialize(), kemSignature,
    ];
    return { bundle, bytes: parts.reduce((sum, part) => sum + part.length, 0) };
  }

  /** Begins a session with somebody from their bundle (PQXDH). */
  begin(other, bundle) {
    return signal.processPreKeyBundle(
      bundle, other.address, this.address, this.sessions, this.identities,
    );
  }

  /** Seals a text; the result has `type()` and `serialize()`. */
  seal(other, text) {
    return signal.signalEncrypt(text, other.address, this.address, this.sessions, this.identities);
  }

  /** Opens what `seal` made and `serialize` wrote. */
  open(other, type, bytes) {
    if (type === signal.CiphertextMessageType.PreKey) {
      return signal.signalDecryptPreKey(
        signal.PreKeySignalMessage.deserialize(bytes), other.address, this.address, this.sessions,
        this.identities, this.preKeys, this.signedPreKeys, this.kyberPreKeys,
      );
    }
    return signal.signalDecrypt(
      signal.SignalMessage.deserialize(bytes), other.address, this.address, this.sessions,
      this.identities,
    );
  }

  /** The session with somebody, as bytes: what a thief copies. */
  copied(other) {
    return this.sessions.held.get(other.address.toString()).serialize();
  }

  /** Somebody with all of this person's keys and this state of the session. */
  thief(other, state) {
    const thief = Object.create(Party.prototype);
    Object.assign(thief, this, { sessions: new Sessions() });
    thief.restore(other, state);
    return thief;
  }

  /** Puts a copied state in the place of the session with somebody. */
  restore(other, state) {
    const record = signal.SessionRecord.deserialize(Uint8Array.from(state));
    this.sessions.held.set(other.address.toString(), record);
  }
}

/** Two people whose session is established in both directions. */
export async function friends() {
  const [anna, ben] = [new Party(), new Party()];
  await anna.begin(ben, ben.publish().bundle);
  for (const [from, to] of [[anna, ben], [ben, anna], [anna, ben], [ben, anna]]) {
    const sealed = await from.seal(to, new Uint8Array(1));
    await to.open(from, sealed.type(), sealed.serialize());
  }
  return [anna, ben];
}
