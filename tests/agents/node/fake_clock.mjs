// The same agent under an in-language fake clock, to compare with: everything in one process, its timers and Date replaced,
// and a driver that moves the clock to the next timer whenever the event loop has gone round a few times.
//
//   node fake_clock.mjs MINUTES TURNS      TURNS: how often the loop goes round before the clock moves
//
// Prints one line of JSON: real seconds, virtual milliseconds from each tool call to its output, and a hash over what the
// model was sent and when. The records answer after 1200 ms, and every fourth time never: then the agent gives up after 2000.
import { createHash } from 'node:crypto';
import http from 'node:http';
import FakeTimers from '@sinonjs/fake-timers';
import { WebSocket, WebSocketServer } from 'ws';

const [minutes, turns] = process.argv.slice(2).map(Number);
const kToolAnswersAfter = 1200;
const began = process.hrtime.bigint();
const goRound = setImmediate;
const clock = FakeTimers.install({ now: Date.UTC(2026, 0, 1), toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });

const hash = createHash('sha256');
const waits = [];
const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

// --- the peers, on the same clock ---

let asked = 0;
const records = http.createServer((request, response) => {
  request.resume().on('end', () => {
    if (++asked % 4 !== 0) setTimeout(() => response.end('{"name":"Ann"}'), kToolAnswersAfter);
  });
});

let called = 0;
function model(socket) {
  let number = 0;
  const say = (type, more) => socket.send(JSON.stringify({ type, event_id: `event_${++number}`, ...more }));
  const speak = (id) => {
    say('response.created', { response: { id, object: 'realtime.response', status: 'in_progress', output: [] } });
    let part = 0;
    const timer = setInterval(() => {
      say('response.output_audio.delta', { response_id: id, item_id: `item_${id}`, output_index: 0, content_index: 0, delta: Buffer.alloc(800, 0x9f).toString('base64') });
      if (++part < 80) return;
      clearInterval(timer);
      say('response.done', { response: { id, object: 'realtime.response', status: 'completed', output: [] } });
    }, 100);
  };
  socket.on('message', (text) => {
    const message = JSON.parse(text);
    hash.update(`${Date.now()} ${message.type}\n`);
    if (message.type === 'session.update') say('session.updated', { session: { type: 'realtime', ...message.session } });
    if (message.type === 'response.create') speak(`resp_${number}`);
    if (message.type === 'conversation.item.create' && message.item.type === 'function_call_output') waits.push(Date.now() - called);
  });
  say('session.created', { session: { type: 'realtime', model: 'gpt-realtime' } });
  setInterval(() => {
    called = Date.now();
    const item = { id: `item_call_${number}`, type: 'function_call', status: 'completed', name: 'lookup_patient', call_id: `call_${number}`, arguments: `{"id":${number}}` };
    say('response.output_item.done', { response_id: `resp_${number}`, output_index: 0, item });
    say('response.done', { response: { id: `resp_${number}`, object: 'realtime.response', status: 'completed', output: [item] } });
  }, 19_000);
}

function caller(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/media-stream`);
  socket.on('open', () => {
    socket.send(JSON.stringify({ event: 'start', start: { streamSid: 'MZ1' } }));
    const payload = Buffer.alloc(160, 0xff).toString('base64');
    setInterval(() => socket.send(JSON.stringify({ event: 'media', media: { payload } })), 20);
  });
}

// --- the driver ---

process.env.RECORDS_URL = `http://127.0.0.1:${await listening(records)}/v1/patients`;
const realtime = http.createServer();
new WebSocketServer({ server: realtime }).on('connection', model);
process.env.OPENAI_REALTIME_URL = `ws://127.0.0.1:${await listening(realtime)}`;
process.env.OPENAI_API_KEY = 'unused';
process.env.PORT = '5050';
await import('./reception.mjs');
const settle = async () => {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => goRound(resolve));
};
for (let i = 0; i < 50; i++) await settle();
caller(5050);
for (let i = 0; i < 50; i++) await settle();
const end = Date.now() + minutes * 60_000;
const startUp = process.hrtime.bigint();
while (Date.now() < end) {
  await settle();
  clock.next();
}
const seconds = (from) => Number(process.hrtime.bigint() - from) / 1e9;
console.log(JSON.stringify({ startUp: seconds(began) - seconds(startUp), seconds: seconds(startUp), waits, hash: hash.digest('hex').slice(0, 12) }));
process.exit(0);
