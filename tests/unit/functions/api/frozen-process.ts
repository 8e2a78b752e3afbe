/** A function as Lambda runs it: a process that takes an event a line, and may be stopped between any two. */
import { createInterface } from 'node:readline';
import { lambdaHandler } from '../../../../functions/api/lambda.ts';
import { implementation } from '../../../../functions/api/me.ts';
import { partsFromEnvironment } from '../../../../functions/api/parts.ts';
import { postConfirmation } from '../../../../functions/post-confirmation/core.ts';
import { serviceRpc } from '../../../../functions/service/data-api.ts';

const handler = lambdaHandler([implementation], {
  parts: partsFromEnvironment(),
  report: () => undefined,
});
const queued: unknown[] = [];
const confirm = postConfirmation({
  rpc: serviceRpc({
    url: process.env.SUPABASE_URL ?? '',
    readKey: async () => 'key',
    timeout: 500,
  }),
  enqueue: async (event) => void queued.push(event),
  warn: () => undefined,
});

for await (const line of createInterface({ input: process.stdin })) {
  const event = JSON.parse(line);
  const answer = event.triggerSource ? await confirm(event) : await handler(event);
  process.stdout.write(`${JSON.stringify({ answer, queued: queued.length })}\n`);
}
