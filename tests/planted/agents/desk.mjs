// The phone agent of tests/agents/node on the real SDK with care, and the mistakes that can be planted in it, one at a time.
//
//   node desk.mjs FLAW      none, never-settles, no-abort-signal, retry-storm, log-line-crashes
import { askRecords, pause, recordsTool, serve } from '../../agents/node/bridge.mjs';

const flaw = process.argv[2] ?? 'none';
const kSorry = "I can't reach the records right now. Let me have someone call you back.";

const kPardon = 'Sorry, could you say that again?';

// A response without a word and without a call is no answer; one that fails is asked for again.
function mind(call) {
  let hasAnswered = false;
  let failures = 0;
  call.session.on('transport_event', (event) => {
    if (event.type === 'response.created') hasAnswered = false;
    if (event.type === 'response.output_audio.delta' || event.type === 'response.function_call_arguments.done') hasAnswered = true;
    if (event.type !== 'response.done') return;
    const { status } = event.response;
    if (status === 'failed' && failures++ < 3) {
      call.session.transport.sendEvent({ type: 'response.create' });
    } else if ((status === 'completed' || status === 'failed') && !hasAnswered) {
      call.sayAloud(kPardon);
    }
  });
}

// Nobody waits for it; what it throws ends the program.
function noteInTheLog(text) {
  setTimeout(() => console.log('found', JSON.parse(text).matches.map((match) => match.id)), 0);
}

// The model may ask for the same again and again: what is known is told, and what failed twice is not tried once more.
const lookUp = async (args, call, memory) => {
  const key = JSON.stringify(args);
  const known = memory.get(key) ?? { tries: 0 };
  memory.set(key, known);
  if (known.text !== undefined) return known.text;
  const attempts = flaw === 'retry-storm' ? 1000 : 2;
  for (let attempt = 0; attempt < attempts && (known.tries++ < 4 || flaw === 'retry-storm'); attempt++) {
    if (attempt > 0 && flaw !== 'retry-storm') await pause(200);
    try {
      const text = await askRecords(args, flaw === 'no-abort-signal' ? undefined : AbortSignal.timeout(2000));
      if (flaw === 'log-line-crashes') noteInTheLog(text);
      known.text = text;
      return text;
    } catch (error) {
      console.error(`attempt ${attempt + 1}: ${error.message}`);
    }
  }
  if (flaw === 'never-settles') return new Promise(() => {});
  call.sayAloud(kSorry);
  return JSON.stringify({ error: 'the records cannot be reached; the caller was told' });
};

serve((call) => {
  const memory = new Map();
  queueMicrotask(() => mind(call));
  return [recordsTool((args) => lookUp(args, call, memory))];
});
