// SPDX-License-Identifier: Apache-2.0
'use strict';
// A Node client that speaks the remoting protocol, a cluster that fails on demand. Run as: rmq-mock exec -- npm test

const assert = require('node:assert');
const test = require('node:test');
const { Message, Producer } = require('ali-ons');

// Asks the control plane of the rmq-mock that runs us.
async function ask(method, path, body) {
  const answer = await fetch(process.env.RMQ_MOCK_CONTROL + path, { method, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${text}`);
  return JSON.parse(text);
}

async function send(topic) {
  const producer = new Producer({
    httpclient: { request: () => Promise.reject(new Error('name servers are given')) },
    nameSrv: process.env.NAMESRV_ADDR,
    producerGroup: 'shop',
  });
  producer.on('error', () => {});
  await producer.ready();
  try {
    return await producer.send(new Message(topic, 'shop', 'order-1'));
  } finally {
    await producer.close();
  }
}

async function stored(topic) {
  return (await ask('GET', '/topics?topic=' + topic)).reduce((sum, row) => sum + row.messages, 0);
}

async function hits(fault) {
  return (await ask('GET', '/faults')).find((row) => row.id === fault.id).hits;
}

// This client does not send again by itself: its caller has to.
test('what a busy broker refuses is told, and can be sent again', async () => {
  await ask('POST', '/topics', { topic: 'orders', queues: 4 });
  const fault = await ask('POST', '/faults', { code: 'SEND_MESSAGE,SEND_MESSAGE_V2', topic: 'orders', reply: 'SYSTEM_BUSY', count: 1 });
  await assert.rejects(send('orders'), { code: 2 });
  assert.strictEqual((await send('orders')).sendStatus, 'SEND_OK');
  assert.strictEqual(await hits(fault), 1);
  assert.strictEqual(await stored('orders'), 1);
});

test('what is sent is stored', async () => {
  await ask('POST', '/topics', { topic: 'bills', queues: 1 });
  await send('bills');
  assert.strictEqual(await stored('bills'), 1);
});
