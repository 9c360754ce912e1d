// A chat agent as its users write it on the `openai` package: a WebSocket for whoever types, chat completions as a stream, tools
// over fetch, all calls of one answer at once. Retries and time-outs of the model are the SDK's own.
import http from 'node:http';
import OpenAI from 'openai';
import { WebSocketServer } from 'ws';

const PROMPT = 'You are the assistant in the chat window of the Lantern Shop.';
const TOOLS = {
  find_order: 'https://shop.example/v1/orders',
  track: 'https://parcels.example/v2/track',
  replace_order: 'https://shop.example/v1/replacements',
};

const client = new OpenAI({ timeout: 10_000 });

async function runTool(call) {
  const response = await fetch(TOOLS[call.function.name], {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: call.function.arguments,
  });
  if (!response.ok) throw new Error(`${call.function.name} answered ${response.status}`);
  return response.text();
}

async function ask(messages) {
  const stream = await client.chat.completions.create({ model: 'gpt-4o-mini', messages, stream: true });
  const answer = { role: 'assistant', content: '' };
  let reason = null;
  for await (const chunk of stream) {
    const [choice] = chunk.choices;
    answer.content += choice.delta.content ?? '';
    for (const piece of choice.delta.tool_calls ?? []) {
      answer.tool_calls ??= [];
      answer.tool_calls[piece.index] ??= { id: piece.id, type: 'function', function: { name: piece.function.name, arguments: '' } };
      answer.tool_calls[piece.index].function.arguments += piece.function.arguments ?? '';
    }
    reason ??= choice.finish_reason;
  }
  if (reason === null) throw new Error('the stream ended early');
  return answer;
}

async function askAgain(messages) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(messages);
    } catch (error) {
      console.log('model attempt', attempt, error.constructor.name, error.message);
      if (attempt === 3) throw error;
    }
  }
}

async function answerTurn(messages, say) {
  for (;;) {
    const answer = await askAgain(messages);
    messages.push(answer);
    if (answer.content) say(answer.content);
    if (!answer.tool_calls) return;
    const outputs = await Promise.all(answer.tool_calls.map(runTool));
    outputs.forEach((content, i) => messages.push({ role: 'tool', tool_call_id: answer.tool_calls[i].id, content }));
  }
}

const server = http.createServer();
new WebSocketServer({ server, path: '/chat' }).on('connection', (socket) => {
  const messages = [{ role: 'system', content: PROMPT }];
  let turn = Promise.resolve();
  socket.on('message', (data) => {
    messages.push({ role: 'user', content: JSON.parse(data).text });
    turn = turn
      .then(() => answerTurn(messages, (text) => socket.send(JSON.stringify({ text }))))
      .catch((error) => console.log('gave up:', error.message));
  });
});
server.listen(8080);
