/** The page on which a developer reads the mail that a real pool would send. */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { LocalMessage, Mailbox } from './mailbox.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; padding: 1rem; max-width: 44rem; color: CanvasText; background: Canvas }
h1 { margin: 0 0 .25rem; font-size: 1.25rem }
p { margin: 0 0 1rem }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 1rem }
label { flex: 1 1 14rem }
input { display: block; width: 100%; box-sizing: border-box }
input, button { min-height: 2.75rem; padding: 0 .75rem; font: inherit }
ol { margin: 0; padding: 0; list-style: none }
li { padding: .75rem 0; border-top: 1px solid color-mix(in srgb, CanvasText 20%, Canvas) }
.head, .code { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; align-items: center }
.to { font-weight: 600; overflow-wrap: anywhere }
.text { white-space: pre-wrap; overflow-wrap: anywhere }
.quiet { color: color-mix(in srgb, CanvasText 70%, Canvas) }
code { font: 600 1.5rem/1.4 ui-monospace, monospace; letter-spacing: .08em; overflow-wrap: anywhere; user-select: all }
`;

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

const sourceOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The policy lets the page's own style and script through, by hash, and nothing else. */
export const INBOX_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src ${sourceOf(STYLE)}; script-src ${sourceOf(SCRIPT)}; ` +
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

const item = ({ to, subject, text, code, link, at }: LocalMessage) => html`<li>
<div class="head"><span class="to">${to}</span>
<time class="quiet" datetime="${at}">${at.slice(0, 19).replace('T', ' ')} UTC</time></div>
<div class="quiet">${subject || 'SMS'}</div>
<div class="code"><code>${code}</code> <button type="button" data-code="${code}">Copy</button></div>
${link === undefined ? '' : html`<p><a href="${link}">Confirm the account</a></p>`}
<details><summary>Text</summary><p class="text">${text}</p></details>
</li>`;

/** The whole page, newest message first. */
export async function renderInbox(mailbox: Mailbox, to?: string): Promise<string> {
  const messages = mailbox.list(to);
  const list =
    messages.length === 0
      ? html`<p>No messages yet. Sign up, or ask for a new password, and the code appears here.</p>`
      : html`<ol>${messages.map(item)}</ol>`;
  return String(
    await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inbox (${messages.length}) · local user pool</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>Inbox</h1>
<p class="quiet">Mail that the local user pool would have sent. It is kept until the pool stops.</p>
<form><label>To <input name="to" type="search" value="${to ?? ''}"></label> <button>Filter</button></form>
<div id="mail" data-newest="${messages.length} ${messages[0]?.at ?? ''}">${list}</div>
</main>
<script>${raw(SCRIPT)}</script>
</body>
</html>
`,
  );
}
