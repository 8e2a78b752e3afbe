/**
 * The page on which a developer reads the mail that a real pool would send. No script: the page
 * reloads itself, and its policy lets nothing run.
 */
import { createHash } from 'node:crypto';
import type { LocalMessage, Mailbox } from './mailbox.ts';

/** Seconds between two reloads. */
const REFRESH = 5;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; padding: 1rem; max-width: 44rem; color: CanvasText; background: Canvas }
h1 { margin: 0 0 .25rem; font-size: 1.25rem }
p { margin: 0 0 1rem }
ol { margin: 0; padding: 0; list-style: none }
li { padding: .75rem 0; border-top: 1px solid color-mix(in srgb, CanvasText 20%, Canvas) }
.head { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between }
.to { font-weight: 600; overflow-wrap: anywhere }
.quiet { color: color-mix(in srgb, CanvasText 70%, Canvas) }
code { display: inline-block; font: 600 1.5rem/1.4 ui-monospace, monospace; letter-spacing: .08em;
  overflow-wrap: anywhere; user-select: all }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** The page's style is the one thing its policy lets through, by hash. */
export const INBOX_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; ` +
    "form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '');

const item = ({ to, subject, code, at }: LocalMessage): string => `<li>
<div class="head"><span class="to">${escapeHtml(to)}</span>
<time class="quiet" datetime="${escapeHtml(at)}">${escapeHtml(at.slice(0, 19).replace('T', ' '))} UTC</time></div>
<div class="quiet">${escapeHtml(subject)}</div>
<code>${escapeHtml(code)}</code>
</li>`;

/** The whole page, newest message first. */
export function renderInbox(mailbox: Mailbox, to?: string): string {
  const messages = mailbox.list(to);
  const whose = to ? ` to ${escapeHtml(to)}` : '';
  const list =
    messages.length === 0
      ? '<p>No messages yet. Sign up, or ask for a new password, and the code appears here.</p>'
      : `<ol>${messages.map(item).join('')}</ol>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH}">
<title>Inbox (${messages.length}) · local user pool</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Inbox</h1>
<p class="quiet">Mail${whose} that the local user pool would have sent. It is kept until the pool stops.</p>
${list}
</main>
</body>
</html>
`;
}
