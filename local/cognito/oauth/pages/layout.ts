/** The frame of the pages of managed login, in the colours of the kit's web app. No script. */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

const STYLE = `
:root { color-scheme: light dark; --paper: #f3f5f4; --sheet: #fff; --ink: #14211c; --soft: #45544d;
  --line: #77867f; --action: #0a5f43; --on-action: #fff; --danger: #a3231b; --danger-soft: #fcebe9;
  --focus: #1557d6 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #0d1311; --sheet: #151d1a; --ink: #e7eeea; --soft: #b7c4be; --line: #71817a;
    --action: #6bd6ac; --on-action: #06231a; --danger: #ff9d92; --danger-soft: #2f1a19; --focus: #8db7ff }
}
*, ::before, ::after { box-sizing: border-box }
html { background: var(--paper); color: var(--ink) }
body { margin: 0; font: 400 .9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { max-width: 26rem; margin: 0 auto; padding: clamp(1.5rem, 8vh, 5rem) 1rem 2rem }
h1 { margin: 0 0 1.5rem; font: 700 1.75rem/1.15 Charter, "Bitstream Charter", Cambria, Georgia, serif }
form { margin: 0; padding: 1.5rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px }
label { display: block; margin: 0 0 .25rem; font-weight: 600 }
input, select { width: 100%; min-height: 2.75rem; margin: 0 0 1rem; padding: 0 .75rem; font: inherit;
  color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px }
button { width: 100%; min-height: 2.75rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-action); background: var(--action); border: 1px solid var(--action); border-radius: 6px }
p { margin: 0 0 1rem; color: var(--soft) }
[role=alert] { padding: .75rem; color: var(--danger); background: var(--danger-soft); border-radius: 6px }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: 1rem }
a { display: inline-block; min-height: 2.75rem; padding: .6rem 0; color: var(--action); text-underline-offset: .2em }
.provider { display: block; margin: 0 0 1rem; padding: .6rem 1rem; text-align: center; font-weight: 600;
  border: 1px solid var(--line); border-radius: 6px; text-decoration: none }
small a { min-height: 0; padding: 0 }
small { display: block; margin-top: 2rem; color: var(--soft) }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/**
 * Headers of a page.
 *
 * @param target Where a form may lead to in the end: Chromium checks redirects of a form too.
 */
export function pageHeaders(target?: string): Record<string, string> {
  const form = target === undefined ? "'self'" : `'self' ${sourceOf(target)}`;
  return {
    'content-security-policy':
      `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; ` +
      `form-action ${form}; frame-ancestors 'none'`,
    // With no-referrer, a form would be sent with Origin: null, which is refused.
    'referrer-policy': 'same-origin',
  };
}

/** A URL as a source of a policy: its origin, or its scheme if that has no origins. */
function sourceOf(target: string): string {
  const { origin, protocol } = new URL(target);
  return origin === 'null' ? protocol : origin;
}

export const layout = (title: string, content: Html): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · local user pool</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
<small>Local user pool, for development. Its mail is in <a href="/_local/inbox">the inbox</a>.</small>
</main>
</body>
</html>
`;
