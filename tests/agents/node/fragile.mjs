// Retries five times, and when that does not help, waits for somebody to notice: the tool never ends.
import { askRecords, pause, recordsTool, serve } from './bridge.mjs';

const lookUp = async (args) => {
  for (let attempt = 0; attempt <= 5; attempt++) {
    if (attempt > 0) await pause(200 * 2 ** (attempt - 1));
    try {
      return await askRecords(args);
    } catch (error) {
      console.error(`attempt ${attempt + 1}: ${error.message}`);
    }
  }
  return new Promise(() => {});
};

serve(() => [recordsTool(lookUp)]);
