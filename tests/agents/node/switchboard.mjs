// Takes every call of the corpus: a tool for each that their models ask for, tried three times with a pause drawn at random.
import { tool } from '@openai/agents-realtime';
import { z } from 'zod';
import { ask, pause, serve } from './bridge.mjs';

const kTools = [
  ['lookup_patient', 'https://ehr.example/v1/patients', { name: z.string(), date_of_birth: z.string() }],
  ['check', 'https://line.example/v1/check', { customer: z.string() }],
  ['invoice', 'https://billing.example/v1/invoices', { customer: z.string() }],
  ['credit', 'https://billing.example/v1/credits', { customer: z.string(), cents: z.number(), reason: z.string() }],
  ['log_reading', 'https://vitals.example/v1/readings', { number: z.number(), systolic: z.number(), diastolic: z.number() }],
  ['refill', 'https://pharmacy.example/v2/refills', { prescription: z.string() }],
];

async function patiently(url, args) {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (attempt > 0) await pause(200 + 400 * Math.random());
    try {
      return await ask(url, args, AbortSignal.timeout(2000));
    } catch (error) {
      console.error(`attempt ${attempt + 1}: ${error.message}`);
    }
  }
  return JSON.stringify({ error: 'out of reach' });
}

serve(() => kTools.map(([name, url, fields]) =>
  tool({ name, description: name, parameters: z.object(fields), execute: (args) => patiently(url, args) })));
