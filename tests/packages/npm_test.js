// SPDX-License-Identifier: Apache-2.0
'use strict';
// What the npm package promises; run by npm.sh where it is installed.

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const test = require('node:test');
const { RmqMock, program } = require('rmq-mock');

const deadline = 300_000;

function isReached(address) {
  const at = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = net.connect(Number(address.slice(at + 1)), address.slice(0, at));
    socket.on('connect', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
}

async function isGone(address) {
  for (const end = Date.now() + deadline; await isReached(address);) assert.ok(Date.now() < end, 'it still serves');
}

test('a cluster from start to stop', async () => {
  const mock = await RmqMock.start({ brokers: 2 });
  assert.ok(await isReached(mock.namesrvAddr));
  await assert.rejects(mock.ask('GET', '/topics'), /control/);
  await mock.stop();
  await mock.stop();
  assert.ok(!await isReached(mock.namesrvAddr));
});

test('its control plane, and settings of the brokers', async () => {
  const mock = await RmqMock.start({ control: true, brokerSettings: { autoCreateTopicEnable: false } });
  try {
    await mock.ask('POST', '/topics', { topic: 'orders', queues: 3 });
    assert.ok((await mock.ask('GET', '/topics')).some((row) => row.topic === 'orders'));
    await assert.rejects(mock.ask('GET', '/nothing'), /404/);
  } finally {
    await mock.stop();
  }
});

test('what it does not know is refused', async () => {
  await assert.rejects(RmqMock.start({ noSuchFlag: 1 }), /status 2/);
});

test('a cluster ends with a program that is killed', async () => {
  const code = "require('rmq-mock').RmqMock.start().then((m) => console.log(m.namesrvAddr)); setInterval(() => {}, 1e6);";
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await new Promise((resolve) => child.stdout.once('data', (text) => resolve(String(text).trim())));
  assert.ok(await isReached(address));
  child.kill('SIGKILL');
  await isGone(address);
});

test('a program may end without stop, and so does its cluster', async () => {
  const code = "require('rmq-mock').RmqMock.start().then((m) => console.log(m.namesrvAddr));";
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await new Promise((resolve) => child.stdout.once('data', (text) => resolve(String(text).trim())));
  await new Promise((resolve) => child.on('exit', resolve));
  await isGone(address);
});

// Last, as it takes the program away.
test('a program that cannot be run is told', async () => {
  fs.renameSync(program, program + '.away');
  try {
    await assert.rejects(RmqMock.start(), /did not start/);
  } finally {
    fs.renameSync(program + '.away', program);
  }
});
