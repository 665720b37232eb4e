// Sealed sender: the envelope that hides who wrote, with certificates of a service made up here.

import * as signal from '@signalapp/libsignal-client';

const HOUR = 3_600_000;

/** A service that certifies senders. */
export class Service {
  constructor() {
    this.root = signal.PrivateKey.generate();
    this.server = signal.PrivateKey.generate();
    this.certificate = signal.ServerCertificate.new(1, this.server.getPublicKey(), this.root);
  }

  certify(party) {
    return signal.SenderCertificate.new(
      party.uuid, null, 1, party.identity.publicKey, Date.now() + HOUR, this.certificate,
      this.server,
    );
  }
}

/** Seals a text with its sender inside; `certificate` is the sender's. */
export function sealWithin(from, to, certificate, text) {
  return signal.sealedSenderEncryptMessage(
    text, to.address, certificate, from.sessions, from.identities,
  );
}

/** Wraps a message that is sealed already, such as a first message or a group's. */
export function wrap(from, to, certificate, message) {
  const content = signal.UnidentifiedSenderMessageContent.new(
    message, certificate, signal.ContentHint.Default, null,
  );
  return signal.sealedSenderEncrypt(content, to.address, from.identities);
}

/** Opens an envelope and the message in it; gives the text. */
export async function openWithin(to, service, envelope) {
  const result = await signal.sealedSenderDecryptMessage(
    envelope, service.root.getPublicKey(), Date.now(), null, to.uuid, 1, to.sessions,
    to.identities, to.preKeys, to.signedPreKeys, to.kyberPreKeys,
  );
  return result.message();
}
