/**
 * `POST /auth/webhook`: an event about a person, from a sender who shares a secret. It acts for the service, because
 * nobody has signed in.
 *
 * Source: Standard Webhooks, https://www.standardwebhooks.com: the headers `webhook-id`, `webhook-timestamp` and
 * `webhook-signature`, five minutes of tolerance, and secrets `whsec_BASE64`.
 */
import { Webhook } from 'standardwebhooks';
import { RefusedError } from '../service/data-api.ts';
import { implement } from './app.ts';
import { checkBody } from './context.ts';
import { lambdaHandler } from './lambda.ts';
import { ApiError } from './problem.ts';
import { postWebhook } from './routes.ts';
import { WebhookEvent } from './schemas.ts';

const NAMES = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/** @throws ApiError `SIGNATURE_REFUSED`, without saying what was wrong */
function checkSignature(
  secret: string,
  text: string,
  header: (name: string) => string | undefined,
) {
  const headers = Object.fromEntries(NAMES.map((name) => [name, header(name) ?? '']));
  try {
    new Webhook(secret).verify(text, headers, { jsonParse: false });
  } catch (cause) {
    throw new ApiError('SIGNATURE_REFUSED', 'The signature is missing, wrong or too old.', {
      cause,
    });
  }
  return headers['webhook-id'];
}

export const implementation = implement(postWebhook, async ({ text, body, header, parts }) => {
  const secret = await parts.webhookSecret();
  const message_id = checkSignature(secret, text, header);
  const { kind, sub, occurred_at, ...facts } = checkBody(WebhookEvent, body);
  try {
    const args = { message_id, sub, kind, occurred_at, ...facts };
    return { applied: (await parts.service('apply_account_event', args)) === true };
  } catch (cause) {
    if (cause instanceof RefusedError && cause.code === 'PT400')
      throw new ApiError('BAD_REQUEST', 'The database does not take this event.', { cause });
    throw new ApiError('UPSTREAM_FAILED', 'Supabase did not take the event. Send it again.', {
      cause,
    });
  }
});

export const handler = lambdaHandler([implementation]);
