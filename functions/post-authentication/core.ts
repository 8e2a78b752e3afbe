/**
 * The post-authentication trigger without Lambda: the directory hears of each sign-in, people who come from Supabase
 * Auth get their rows, and a new device sends a mail. Each of the three is a choice of the settings.
 *
 * Source of the event's shape: Cognito developer guide, "Post authentication Lambda trigger".
 */
import type { PostAuthenticationTriggerEvent } from 'aws-lambda';
import { reasonOf, type ServiceRpc } from '../service/data-api.ts';
import { retry } from '../service/retry.ts';
import { type AccountEvent, type UserEvent, verifiedAddresses } from '../user-events/event.ts';

export interface PostAuthenticationParts {
  readonly enqueue: (event: UserEvent) => Promise<void>;
  /** Whether each sign-in goes to the directory. */
  readonly recordSignIns: boolean;
  /** Moves rows of old accounts. @default - nobody comes from Supabase Auth */
  readonly rpc?: ServiceRpc | undefined;
  /** @default - no mail */
  readonly sendNewDevice?: ((to: string, locale: string | undefined) => Promise<void>) | undefined;
  /** Gets one line about a failure. The line contains no personal data. */
  readonly warn: (line: string) => void;
}

/** Cognito waits 5 s. This leaves time for the queue. */
const PATIENCE = { within: 2500, first: 200 };

function readEvent(event: PostAuthenticationTriggerEvent): AccountEvent {
  const { userAttributes: attributes, newDeviceUsed: isNewDevice } = event.request;
  const { sub } = attributes;
  if (!sub) throw new TypeError('the event has no sub');
  const occurredAt = new Date().toISOString();
  const { clientId } = event.callerContext;
  const { userName: username } = event;
  return { kind: 'signed_in', sub, username, attributes, occurredAt, clientId, isNewDevice };
}

/**
 * Before the first request of the app, so that people find their rows. If that fails, the queue goes on.
 *
 * Never for a user of an identity provider: anybody can ask for a new password of an old account, which prepares its
 * transfer, and a provider may say of an address that it is verified without having checked it.
 */
async function claimTransfer(
  rpc: ServiceRpc,
  { sub, attributes }: AccountEvent,
  { enqueue, warn }: PostAuthenticationParts,
): Promise<void> {
  const isOfProvider = attributes['cognito:user_status'] === 'EXTERNAL_PROVIDER';
  const addresses = isOfProvider ? [] : verifiedAddresses(attributes);
  if (addresses.length === 0) return;
  try {
    await retry(() => rpc('claim_transfer', { sub, addresses }), PATIENCE);
  } catch (error) {
    warn(`post-authentication: a transfer is left to the queue, ${reasonOf(error)}`);
    await enqueue({ kind: 'transfer', sub, addresses });
  }
}

/** What the settings want, all at the same time. */
function worksFor(event: AccountEvent, parts: PostAuthenticationParts): readonly Promise<void>[] {
  const { recordSignIns, enqueue, rpc, sendNewDevice } = parts;
  const { attributes, isNewDevice } = event;
  const { email, email_verified: isVerified, locale } = attributes;
  const wantsMail = sendNewDevice && isNewDevice && email !== undefined && isVerified === 'true';
  return [
    ...(recordSignIns ? [enqueue(event)] : []),
    ...(rpc ? [claimTransfer(rpc, event, parts)] : []),
    ...(wantsMail ? [sendNewDevice(email, locale)] : []),
  ];
}

/**
 * Makes the trigger's handler. It resolves to the event unchanged and never rejects, because Cognito would refuse the
 * sign-in.
 */
export const postAuthentication =
  (parts: PostAuthenticationParts) =>
  async (event: PostAuthenticationTriggerEvent): Promise<PostAuthenticationTriggerEvent> => {
    try {
      const results = await Promise.allSettled(worksFor(readEvent(event), parts));
      for (const result of results)
        if (result.status === 'rejected')
          parts.warn(`post-authentication: not done, ${reasonOf(result.reason)}`);
    } catch (error) {
      parts.warn(`post-authentication: not done, ${reasonOf(error)}`);
    }
    return event;
  };
