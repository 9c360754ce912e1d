// A phone agent as its users write it: Twilio Media Streams in, the Realtime model out, one tool over fetch.
//
// `serve(toolsOf)` takes calls; `toolsOf(call)` are the tools of one. `call.sayAloud(text)` is what a repaired agent falls back
// to: a tone of 60 ms a character, in the place of a recorded sentence.
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';
import { WebSocketServer } from 'ws';
import { z } from 'zod';

// One attempt: the answer's text, or an error where it is of no use.
export async function ask(url, args, signal) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(args),
    signal,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`);
  JSON.parse(text);
  return text;
}

// The clinic's one tool; `lookUp(args)` gives its output for the model.
export const recordsTool = (lookUp) => tool({
  name: 'lookup_patient',
  description: "Finds a patient's record by name and date of birth.",
  parameters: z.object({ name: z.string(), date_of_birth: z.string() }),
  execute: lookUp,
});

export const askRecords = (args, signal) => ask('https://ehr.example/v1/patients', args, signal);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Mu-law of a square wave, 60 ms a character.
function tone(text) {
  const samples = Buffer.alloc(text.length * 60 * 8);
  for (let i = 0; i < samples.length; i++) samples[i] = Math.floor(i / 10) % 2 === 0 ? 0x9f : 0x1f;
  return samples;
}

class Call {
  constructor(socket, toolsOf) {
    this.socket = socket;
    this.streamSid = '';
    const agent = new RealtimeAgent({
      name: 'Clinic',
      instructions: 'You are the telephone assistant of a clinic. Look the patient up before you talk of appointments.',
      tools: toolsOf(this),
    });
    this.session = new RealtimeSession(agent, {
      transport: 'websocket',
      model: 'gpt-realtime',
      config: {
        audio: {
          input: { format: { type: 'audio/pcmu' }, turnDetection: { type: 'server_vad', createResponse: true, interruptResponse: true } },
          output: { format: { type: 'audio/pcmu' } },
        },
      },
    });
    this.session.on('audio', (event) => this.play(Buffer.from(event.data)));
    // The network tells by it when the sentence has been played.
    this.session.on('audio_stopped', () => this.send({ event: 'mark', streamSid: this.streamSid, mark: { name: randomUUID() } }));
    this.session.on('audio_interrupted', () => this.send({ event: 'clear', streamSid: this.streamSid }));
    this.session.on('error', (event) => console.error('session error', JSON.stringify(event.error?.error ?? String(event.error))));
    socket.on('message', (data) => this.hear(JSON.parse(data.toString())));
    socket.on('close', () => this.session.close());
  }

  async hear(message) {
    if (message.event === 'start') {
      this.streamSid = message.start.streamSid;
      await this.session.connect({ apiKey: process.env.OPENAI_API_KEY, url: process.env.OPENAI_REALTIME_URL });
      this.isConnected = true;
      this.session.transport.sendEvent({ type: 'response.create' });
    } else if (message.event === 'media' && this.isConnected) {
      const sound = Buffer.from(message.media.payload, 'base64');
      this.session.sendAudio(sound.buffer.slice(sound.byteOffset, sound.byteOffset + sound.length));
    }
  }

  play(sound) {
    this.send({ event: 'media', streamSid: this.streamSid, media: { payload: sound.toString('base64') } });
  }

  sayAloud(text) {
    this.play(tone(text));
  }

  send(message) {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(message));
  }
}

export function serve(toolsOf) {
  const server = http.createServer((request, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({ server, path: '/media-stream' });
  sockets.on('connection', (socket) => new Call(socket, toolsOf));
  server.listen(Number(process.env.PORT ?? 5050));
}
