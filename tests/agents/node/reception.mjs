// The agent of the benchmarks' long call: one look-up by number, for at most two seconds.
import { tool } from '@openai/agents-realtime';
import { z } from 'zod';
import { ask, serve } from './bridge.mjs';

const lookup = tool({
  name: 'lookup_patient',
  description: 'Finds a patient.',
  parameters: z.object({ id: z.number() }),
  execute: (args) => ask(process.env.RECORDS_URL ?? 'https://ehr.example/v1/patients', args, AbortSignal.timeout(2000)),
});

serve(() => [lookup]);
