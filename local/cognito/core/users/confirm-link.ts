/** Confirmation by a link in the mail, in pools whose template asks for it (`CONFIRM_WITH_LINK`). */

import type { Pool } from '../pool/pool.ts';
import type { Delivery } from './delivery.ts';

const LINK_PLACE = /\{##(.*?)##\}/s;
const STANDARD = 'Please click the link below to verify your email address. {##Verify Email##}';

/** The link, and the text with the link in its place. Undefined if the pool or the occasion has no link. */
export function linked(pool: Pool, { kind, user, clientId, code }: Delivery) {
  const template = pool.store.settings.VerificationMessageTemplate;
  if (template?.DefaultEmailOption !== 'CONFIRM_WITH_LINK') return undefined;
  if (kind !== 'SignUp' && kind !== 'ResendCode') return undefined;
  const url = new URL('/confirmUser', pool.issuer);
  const query = { client_id: clientId, user_name: user.Username, confirmation_code: code };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const text = (template.EmailMessageByLink ?? STANDARD).replace(
    LINK_PLACE,
    (_, label: string) => `<a href="${url.href.replaceAll('&', '&amp;')}">${label}</a>`,
  );
  return { text, link: url.href };
}
