// Timers, promises, files, workers, children, names, sockets, crypto: whatever a Node program may tell two runs apart by.
import child_process from 'node:child_process';
import crypto from 'node:crypto';
import dns from 'node:dns';
import fs from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import zlib from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

const begin = Date.now();
const log = [];
for (let i = 0; i < 5; i++) setInterval(() => log.push(i), 1000 + 100 * i).unref();
await sleep(3_600_000);
console.log('slept', Date.now() - begin, log.length, log.slice(-20).join(''));

const talk = (name, port) => new Promise((resolve) => {
  const socket = net.connect(port, name, () => socket.write(name));
  socket.on('data', (octets) => { socket.end(); resolve(`${octets} ${Date.now() - begin}`); });
  socket.on('error', (error) => resolve(error.code));
});
console.log(await Promise.all([talk('one.example', 7), talk('two.example', 7), talk('nobody.example', 80), talk('missing.example', 7)]));
console.log(await dns.promises.resolve4('udp.example'), await dns.promises.lookup('one.example'));
console.log(await dns.promises.resolve4('missing.example').catch((error) => error.code));

const worker = (number) => new Promise((resolve) => {
  const source = `const { parentPort } = require('worker_threads'); setTimeout(() => parentPort.postMessage([${number}, Date.now(), Math.random()]), ${number * 3});`;
  new Worker(source, { eval: true }).on('message', resolve);
});
console.log(await Promise.all([1, 2, 3].map(worker)));

const folder = await fs.mkdtemp(`${os.tmpdir()}/node-`);
await fs.writeFile(`${folder}/file`, 'text');
const status = await fs.stat(`${folder}/file`);
console.log(folder, status.ino, status.mtimeMs, (await fs.readdir('/etc')).length > 5);
console.log(zlib.gzipSync('x'.repeat(1000)).toString('base64'));
console.log(await new Promise((resolve) => crypto.pbkdf2('secret', 'salt', 1000, 16, 'sha256', (_, key) => resolve(key.toString('hex')))));
console.log(Math.random(), crypto.randomUUID(), crypto.randomBytes(8).toString('hex'), process.pid, process.ppid);
console.log(child_process.execFileSync('/bin/sh', ['-c', 'sleep 2; echo $$; date']).toString());
const child = child_process.spawn('/bin/cat');
child.stdin.end('through a child');
console.log(String(await new Promise((resolve) => child.stdout.on('data', resolve))));
console.log(os.uptime(), os.freemem(), os.totalmem(), os.loadavg(), os.cpus().length, os.hostname(), process.memoryUsage.rss());
console.log(Object.keys(process.env).filter((name) => /PRELOAD|RINGBACK/.test(name)), process.hrtime.bigint(), performance.now());
const until = Date.now() + 5;
while (Date.now() < until);
let immediates = 0;
await new Promise((resolve) => { const again = () => { ++immediates; Date.now() < until + 20 ? setImmediate(again) : resolve(); }; again(); });
console.log(immediates, Date.now() - begin);
setTimeout(() => process.exit(5), 10);
