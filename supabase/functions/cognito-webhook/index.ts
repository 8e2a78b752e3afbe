/**
 * `POST /functions/v1/cognito-webhook`: an event about a person, from a sender who shares a secret; the same as the
 * API's `POST /auth/webhook`. It acts for the service, because nobody has signed in.
 *
 * Secret: WEBHOOK_SECRET, as `whsec_BASE64`. Source: Standard Webhooks, https://www.standardwebhooks.com.
 */
import { Webhook } from 'standardwebhooks';
import { json, problem, Refusal } from '../_shared/answers.ts';
import { rpc } from '../_shared/data-api.ts';
import { type Environment, need, projectKey } from '../_shared/environment.ts';

const NAMES = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/** What the database takes. It checks the values. */
const FIELDS = ['kind', 'sub', 'occurred_at', 'username', 'attributes', 'groups'] as const;

const LONGEST_BODY = 100_000;

async function signedText(request: Request, secret: string): Promise<string> {
  const text = await request.text();
  if (text.length > LONGEST_BODY) throw new Refusal(400, 'BAD_REQUEST', 'The body is too long.');
  const headers = Object.fromEntries(NAMES.map((name) => [name, request.headers.get(name) ?? '']));
  try {
    new Webhook(secret).verify(text, headers, { jsonParse: false });
  } catch (cause) {
    const detail = 'The signature is missing, wrong or too old.';
    throw new Refusal(401, 'SIGNATURE_REFUSED', detail, { cause });
  }
  return text;
}

function eventOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal(400, 'BAD_REQUEST', 'The body is not a JSON object.');
  const given = new Map<string, unknown>(Object.entries(value));
  const unknown = [...given.keys()].find((key) => !FIELDS.some((field) => field === key));
  if (unknown !== undefined)
    throw new Refusal(400, 'BAD_REQUEST', 'The body has an unknown field.');
  return Object.fromEntries(
    FIELDS.flatMap((field) => (given.has(field) ? [[field, given.get(field)]] : [])),
  );
}

async function apply(request: Request, env: Environment): Promise<unknown> {
  if (request.method !== 'POST') throw new Refusal(405, 'BAD_REQUEST', 'Use POST.');
  const text = await signedText(request, need(env, 'WEBHOOK_SECRET'));
  const args = { message_id: request.headers.get('webhook-id'), ...eventOf(text) };
  const apiKey = projectKey(env, 'SUPABASE_SECRET_KEYS', 'SUPABASE_SERVICE_ROLE_KEY');
  const applied = await rpc(
    { url: need(env, 'SUPABASE_URL'), apiKey },
    'apply_account_event',
    args,
  );
  return { applied: applied === true };
}

Deno.serve(async (request) => {
  try {
    return json(await apply(request, (name) => Deno.env.get(name)));
  } catch (error) {
    return problem(error);
  }
});
