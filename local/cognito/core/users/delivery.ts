/** Sends codes and invitations: asks the custom message trigger for the text, and puts it into the mailbox. */
import type { CodeDeliveryDetailsType } from '@aws-sdk/client-cognito-identity-provider';
import type { MessageKind } from '@cognito-supabase/contract/messages';
import { CODE_PLACE, filled, type Texts, textsFor } from '../../mail/templates.ts';
import type { Contact, UserRecord } from '../../store/records.ts';
import { customMessage } from '../../triggers/custom-message.ts';
import type { Occasion } from '../../triggers/triggers.ts';
import type { Pool } from '../pool/pool.ts';
import { attributeOf } from './attributes.ts';
import { linked } from './confirm-link.ts';

/** What a text depends on. */
export interface MessageOccasion extends Occasion {
  readonly kind: MessageKind;
  readonly user: Pick<UserRecord, 'Username' | 'Attributes' | 'UserStatus'>;
}

export interface Delivery extends MessageOccasion {
  readonly user: UserRecord;
  readonly contact: Contact;
  /** @default the user's own address */
  readonly to?: string | undefined;
  /** The code, or a temporary password. */
  readonly code: string;
}

/**
 * The texts of the custom message trigger. A text that it does not give comes from the pool's settings.
 *
 * @param withLink Text of a pool that confirms accounts by a link
 * @throws CognitoError of the trigger
 */
export async function messageTexts(
  pool: Pool,
  occasion: MessageOccasion,
  withLink?: string,
): Promise<Texts> {
  const changes = await customMessage(pool.triggers, occasion);
  const standard = textsFor(pool.store.settings, occasion.kind);
  // As on AWS, a text without the place for the code is not used.
  const chosen = (changed: string | undefined, otherwise: string): string =>
    changed?.includes(CODE_PLACE) ? changed : otherwise;
  return {
    email: chosen(changes.email, withLink ?? standard.email),
    subject: changes.subject ?? standard.subject,
    sms: chosen(changes.sms, standard.sms),
  };
}

/**
 * Sends a message, and returns what the operation tells about it.
 *
 * @throws CognitoError of the trigger. What was stored before stays, as on AWS.
 */
export async function deliver(pool: Pool, delivery: Delivery): Promise<CodeDeliveryDetailsType> {
  const { kind, user, contact, code } = delivery;
  const to = delivery.to ?? attributeOf(user, contact) ?? '';
  const medium = contact === 'email' ? 'EMAIL' : 'SMS';
  const byLink = medium === 'EMAIL' ? linked(pool, delivery) : undefined;
  const texts = await messageTexts(pool, delivery, byLink?.text);
  const text = medium === 'EMAIL' ? texts.email : texts.sms;
  pool.mailbox.send({
    ...{ to, medium, code, kind },
    subject: medium === 'EMAIL' ? texts.subject : '',
    text: filled(text, code, user.Username),
    ...(byLink && { link: byLink.link }),
  });
  return deliveryTo(contact, to);
}

/** Where a code was sent, as the service reports it: with most of the address hidden. */
export const deliveryTo = (contact: Contact, to: string): CodeDeliveryDetailsType => ({
  AttributeName: contact,
  DeliveryMedium: contact === 'email' ? 'EMAIL' : 'SMS',
  Destination:
    contact === 'email'
      ? to.replace(/^(.)[^@]*@(.).*$/u, '$1***@$2***')
      : to.replace(/^\+?.*(.{4})$/u, '+*******$1'),
});

/**
 * Where a person is reached to confirm an account: the phone first, as on AWS. Undefined if the pool sends no
 * codes, or the user has no address for them.
 */
export function confirmationContact({ store }: Pool, user: UserRecord): Contact | undefined {
  const sent = store.settings.AutoVerifiedAttributes ?? [];
  return (['phone_number', 'email'] as const).find(
    (contact) => sent.includes(contact) && attributeOf(user, contact) !== undefined,
  );
}
