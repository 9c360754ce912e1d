// The phone agent of tests/agents/node on the real SDK with care, and the mistakes that can be planted in it, one at a time.
//
//   node desk.mjs FLAW      none, never-settles, no-abort-signal, retry-storm, log-line-crashes
import { askRecords, pause, recordsTool, serve } from '../../agents/node/bridge.mjs';

const flaw = process.argv[2] ?? 'none';
const kSorry = "I can't reach the records right now. Let me have someone call you back.";

// Nobody waits for it; what it throws ends the program.
function noteInTheLog(text) {
  setTimeout(() => console.log('found', JSON.parse(text).matches.map((match) => match.id)), 0);
}

const lookUp = async (args, call) => {
  const attempts = flaw === 'retry-storm' ? 1000 : 2;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0 && flaw !== 'retry-storm') await pause(200);
    try {
      const text = await askRecords(args, flaw === 'no-abort-signal' ? undefined : AbortSignal.timeout(2000));
      if (flaw === 'log-line-crashes') noteInTheLog(text);
      return text;
    } catch (error) {
      console.error(`attempt ${attempt + 1}: ${error.message}`);
    }
  }
  if (flaw === 'never-settles') return new Promise(() => {});
  call.sayAloud(kSorry);
  return JSON.stringify({ error: 'the records cannot be reached; the caller was told' });
};

serve((call) => [recordsTool((args) => lookUp(args, call))]);
