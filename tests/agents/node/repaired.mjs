// Two attempts of two seconds, then a sentence for the caller and an answer for the model.
import { askRecords, pause, recordsTool, serve } from './bridge.mjs';

const kFallback = "I can't reach the records right now. Let me have someone call you back.";

const lookUp = async (args, call) => {
  for (let attempt = 0; attempt < 2; attempt++) {
    if (attempt > 0) await pause(200);
    try {
      return await askRecords(args, AbortSignal.timeout(2000));
    } catch (error) {
      console.error(`attempt ${attempt + 1}: ${error.message}`);
    }
  }
  call.sayAloud(kFallback);
  return JSON.stringify({ error: 'the records cannot be reached; the caller was told' });
};

serve((call) => [recordsTool((args) => lookUp(args, call))]);
