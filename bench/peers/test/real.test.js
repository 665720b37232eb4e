// What is measured is the real thing: it opens what it should and refuses what it should.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupDecrypt, SenderKeyDistributionMessage, groupEncrypt, processSenderKeyDistributionMessage } from '@signalapp/libsignal-client';

import { pqStateOf, readHeader, withPqState } from '../src/ratchet_header.js';
import { Party, friends } from '../src/party.js';
import { openWithin, sealWithin, Service } from '../src/sealed.js';
import { SignalMessage } from '@signalapp/libsignal-client';

const TEXT = new Uint8Array(256).fill(7);

test('a message opens to what was sealed, and once only', async () => {
  const [anna, ben] = await friends();
  const sealed = await anna.seal(ben, TEXT);
  assert.deepEqual(Uint8Array.from(await ben.open(anna, sealed.type(), sealed.serialize())), TEXT);
  await assert.rejects(ben.open(anna, sealed.type(), sealed.serialize()), /old counter|duplicate/i);
});

test('a first message opens once only', async () => {
  const [anna, ben] = [new Party(), new Party()];
  await anna.begin(ben, ben.publish().bundle);
  const sealed = await anna.seal(ben, TEXT);
  await ben.open(anna, sealed.type(), sealed.serialize());
  await assert.rejects(ben.open(anna, sealed.type(), sealed.serialize()));
});

test('a message with one bit changed anywhere near its end is refused', async () => {
  const [anna, ben] = await friends();
  const sealed = await anna.seal(ben, TEXT);
  const bytes = Uint8Array.from(sealed.serialize());
  bytes[bytes.length - 20] ^= 1;
  await assert.rejects(ben.open(anna, sealed.type(), bytes));
  assert.ok(await ben.open(anna, sealed.type(), sealed.serialize()));
});

test('somebody else\'s session does not open a message', async () => {
  const [anna, ben] = await friends();
  const [carl, dora] = await friends();
  const sealed = await anna.seal(ben, TEXT);
  dora.restore(anna, dora.copied(carl));
  await assert.rejects(dora.open(anna, sealed.type(), sealed.serialize()));
});

test('a bundle signed by another key is refused', async () => {
  const [anna, ben, mallory] = [new Party(), new Party(), new Party()];
  mallory.identity = { publicKey: ben.identity.publicKey, privateKey: mallory.identity.privateKey };
  await assert.rejects(anna.begin(ben, mallory.publish().bundle), /signature/i);
});

test('a sealed sender certified by another service is refused', async () => {
  const [anna, ben] = await friends();
  const [service, other] = [new Service(), new Service()];
  const certificate = service.certify(anna);
  const good = await sealWithin(anna, ben, certificate, TEXT);
  assert.deepEqual(Uint8Array.from(await openWithin(ben, service, good)), TEXT);
  const foreign = await sealWithin(anna, ben, other.certify(anna), TEXT);
  await assert.rejects(openWithin(ben, service, foreign));
});

test('a group\'s message opens with its sender key, once, and not without it', async () => {
  const [anna, ben, carl] = [new Party(), new Party(), new Party()];
  const group = '11111111-1111-4111-8111-111111111111';
  const key = await SenderKeyDistributionMessage.create(anna.address, group, anna.senderKeys);
  await processSenderKeyDistributionMessage(anna.address, key, ben.senderKeys);
  const bytes = (await groupEncrypt(anna.address, group, anna.senderKeys, TEXT)).serialize();
  assert.deepEqual(Uint8Array.from(await groupDecrypt(anna.address, ben.senderKeys, bytes)), TEXT);
  await assert.rejects(groupDecrypt(anna.address, ben.senderKeys, bytes));
  await assert.rejects(groupDecrypt(anna.address, carl.senderKeys, bytes));
});

test('every message carries the post-quantum ratchet, and its key counts', async () => {
  const [anna, ben] = await friends();
  const sealed = await anna.seal(ben, TEXT);
  const header = readHeader(SignalMessage.deserialize(sealed.serialize()).pqRatchet());
  assert.ok(header.epoch >= 1 && header.bytes >= 4);
  const own = ben.copied(anna);
  const [carl, dora] = await friends();
  const strange = ben.thief(anna, withPqState(own, pqStateOf(dora.copied(carl))));
  await assert.rejects(strange.open(anna, sealed.type(), sealed.serialize()));
  const same = ben.thief(anna, withPqState(own, pqStateOf(own)));
  assert.ok(await same.open(anna, sealed.type(), sealed.serialize()));
});
