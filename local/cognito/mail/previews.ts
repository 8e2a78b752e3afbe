/** All texts of the first pool on one page, with the values of nobody: for the author of a custom message trigger. */
import { MESSAGE_KINDS, type MessageKind } from '@cognito-supabase/contract/messages';
import { html } from 'hono/html';
import type { Pool } from '../core/pool/pool.ts';
import { messageTexts } from '../core/users/delivery.ts';
import { NO_CLIENT } from '../triggers/triggers.ts';
import { mailFrame, pageHeaders, renderPage } from './page-style.ts';
import { filled } from './templates.ts';

export const PREVIEWS_PATH = '/_local/previews';
export const PREVIEW_HEADERS = pageHeaders();

const USERNAME = '0f1e2d3c-4b5a-4678-9abc-def012345678';

/** A person that the pool has not. */
const sampleUser = (locale: string) => ({
  Username: USERNAME,
  UserStatus: 'UNCONFIRMED' as const,
  Enabled: true,
  Attributes: [
    { Name: 'sub', Value: USERNAME },
    { Name: 'email', Value: 'ann@example.com' },
    { Name: 'given_name', Value: 'Ann' },
    ...(locale ? [{ Name: 'locale', Value: locale }] : []),
  ],
});

/** One message, as the person would get it. */
async function preview(pool: Pool, kind: MessageKind, locale: string) {
  const code = kind === 'AdminCreateUser' ? 'Temporary-Pass-42' : '123456';
  const user = sampleUser(locale);
  const texts = await messageTexts(pool, { kind, user, clientId: NO_CLIENT });
  const put = (text: string): string => filled(text, code, USERNAME);
  return { subject: texts.subject, email: put(texts.email), sms: put(texts.sms) };
}

/** The mail alone, for its frame. Undefined for a kind of message that there is not. */
export async function renderPreviewMail(pool: Pool, name: string, locale: string) {
  const kind = MESSAGE_KINDS.find((one) => one === name);
  return kind && (await preview(pool, kind, locale)).email;
}

async function item(pool: Pool, kind: MessageKind, locale: string) {
  const path = `${PREVIEWS_PATH}/${kind}?locale=${encodeURIComponent(locale)}`;
  try {
    const { subject, sms } = await preview(pool, kind, locale);
    return html`<li>
<div class="head"><h2>${kind}</h2> <span class="quiet">${subject}</span></div>
${mailFrame(path, kind)}
<p class="text">SMS (${sms.length} characters): ${sms}</p>
</li>`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'no reason given';
    return html`<li><h2>${kind}</h2><p>The trigger failed: ${reason}</p></li>`;
  }
}

/** @param locale Attribute of the sample person, such as `de-AT`. Empty for a person without. */
export async function renderPreviews(pool: Pool, locale: string): Promise<string> {
  const items = await Promise.all(MESSAGE_KINDS.map((kind) => item(pool, kind, locale)));
  const body = html`<h1>All texts</h1>
<p class="quiet">What the pool would send, from its custom message trigger or its settings.
<a href="/_local/inbox">Inbox</a></p>
<form><label>Attribute locale <input name="locale" placeholder="en" value="${locale}"></label> <button>Show</button></form>
<ol>${items}</ol>`;
  return renderPage({ title: 'All texts', body });
}
