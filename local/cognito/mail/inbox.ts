/** The page on which a developer reads the mail that a real pool would send. */
import { html } from 'hono/html';
import type { LocalMessage, Mailbox } from './mailbox.ts';
import { mailFrame, pageHeaders, renderPage } from './page-style.ts';

/** Copies codes, and loads new mail without touching what the person has selected. */
const SCRIPT = `
addEventListener('click', async ({ target }) => {
  if (!target.matches('[data-code]')) return;
  await navigator.clipboard.writeText(target.dataset.code);
  target.textContent = 'Copied';
});
const load = async () => {
  if (document.hidden || !getSelection().isCollapsed || document.querySelector('details[open]')) return;
  const text = await (await fetch(location.href)).text();
  const page = new DOMParser().parseFromString(text, 'text/html');
  const [shown, loaded] = [document, page].map((one) => one.getElementById('mail'));
  if (loaded === null || shown.dataset.newest === loaded.dataset.newest) return;
  shown.replaceWith(loaded);
  document.title = page.title;
};
setInterval(() => load().catch(() => undefined), 2000);
`;

export const INBOX_HEADERS = pageHeaders(SCRIPT);

/** Cognito sends mail as HTML, so it is shown as such. */
const content = ({ id, medium, text }: LocalMessage) =>
  medium === 'EMAIL' ? mailFrame(`/_local/mail/${id}`, 'Mail') : html`<p class="text">${text}</p>`;

const item = (message: LocalMessage) => {
  const { to, subject, code, link, at } = message;
  return html`<li>
<div class="head"><span class="to">${to}</span>
<time class="quiet" datetime="${at}">${at.slice(0, 19).replace('T', ' ')} UTC</time></div>
<div class="quiet">${subject || 'SMS'}</div>
<div class="code"><code>${code}</code> <button type="button" data-code="${code}">Copy</button></div>
${link === undefined ? '' : html`<p><a href="${link}">Confirm the account</a></p>`}
<details><summary>Text</summary>${content(message)}</details>
</li>`;
};

/** The whole page, newest message first. */
export async function renderInbox(mailbox: Mailbox, to?: string): Promise<string> {
  const messages = mailbox.list(to);
  const list =
    messages.length === 0
      ? html`<p>No messages yet. Sign up, or ask for a new password, and the code appears here.</p>`
      : html`<ol>${messages.map(item)}</ol>`;
  const body = html`<h1>Inbox</h1>
<p class="quiet">Mail that the local user pool would have sent. It is kept until the pool stops.
<a href="/_local/previews">All texts</a></p>
<form><label>To <input name="to" type="search" value="${to ?? ''}"></label> <button>Filter</button></form>
<div id="mail" data-newest="${messages.length} ${messages[0]?.at ?? ''}">${list}</div>`;
  return renderPage({ title: `Inbox (${messages.length})`, body, script: SCRIPT });
}
