// SPDX-License-Identifier: Apache-2.0
'use strict';
// Starts the rmq-mock of this package: an Apache RocketMQ cluster for tests. See index.d.ts.

const { spawn } = require('node:child_process');
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

const program = path.join(__dirname, 'bin', 'rmq-mock');

// { brokerSettings: { a: 1 } } is --broker-settings a=1; { onePort: true } is --one-port.
function flags(options) {
  return Object.entries(options).flatMap(([name, value]) => {
    const flag = '--' + name.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase());
    if (value === undefined || value === null || value === false) return [];
    if (value === true) return [flag];
    if (typeof value === 'object') value = Object.entries(value).map(([k, v]) => `${k}=${v}`).join('\n');
    return [flag, String(value)];
  });
}

function settings(lines) {
  return Object.fromEntries(lines.split('\n').filter(Boolean).map((line) => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  }));
}

class RmqMock {
  #process;
  #ended;

  constructor(process, ended, place) {
    this.#process = process;
    this.#ended = ended;
    this.namesrvAddr = place.NAMESRV_ADDR;
    this.control = place.RMQ_MOCK_CONTROL;
    this.metricsAddr = place.METRICS_ADDR;
  }

  static async start({ control = false, ...options } = {}) {
    const argv = ['cluster', '--ready-fd', '3',
      ...flags({ ...options, control: control === true ? '127.0.0.1:0' : control })];
    // The kernel ties it to the thread that starts it; a worker may be gone before its cluster is to be.
    if (isMainThread) argv.push('--exit-with-parent');
    const child = spawn(program, argv, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
    const ended = new Promise((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (status, signal) => resolve(`status ${signal ?? status}`));
    });
    let lines = '';
    for await (const chunk of child.stdio[3].setEncoding('utf8')) lines += chunk;
    const place = settings(lines);
    if (!place.NAMESRV_ADDR) throw new Error(`rmq-mock did not start (${await ended}); stderr says why`);
    child.unref(); // A program may end without stop().
    return new RmqMock(child, ended, place);
  }

  async ask(method, where, body) {
    if (!this.control) throw new Error('start it with { control: true }');
    const answer = await fetch(this.control + where, { method, body: body === undefined ? body : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  async stop() {
    this.#process.ref();
    this.#process.kill('SIGTERM');
    await this.#ended;
  }
}

module.exports = { RmqMock, program };
