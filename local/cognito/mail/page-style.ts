/** What the pages of the mail have in common: style, head, and headers that let nothing else run. */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';

type Part = ReturnType<typeof html>;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; padding: 1rem; max-width: 44rem; color: CanvasText; background: Canvas }
h1 { margin: 0 0 .25rem; font-size: 1.25rem }
h2 { margin: 0; font-size: 1rem }
p { margin: 0 0 1rem }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 1rem }
label { flex: 1 1 14rem }
input { display: block; width: 100%; box-sizing: border-box }
input, button { min-height: 2.75rem; padding: 0 .75rem; font: inherit }
ol { margin: 0; padding: 0; list-style: none }
li { padding: .75rem 0; border-top: 1px solid color-mix(in srgb, CanvasText 20%, Canvas) }
iframe { display: block; width: 100%; box-sizing: border-box; height: 22rem; margin: .5rem 0; border: 1px solid color-mix(in srgb, CanvasText 20%, Canvas) }
.head, .code { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; align-items: center }
.to { font-weight: 600; overflow-wrap: anywhere }
.text { white-space: pre-wrap; overflow-wrap: anywhere }
.quiet { color: color-mix(in srgb, CanvasText 70%, Canvas) }
code { font: 600 1.5rem/1.4 ui-monospace, monospace; letter-spacing: .08em; overflow-wrap: anywhere; user-select: all }
`;

const sourceOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Headers of a page. The policy lets the page's own style and script through, by hash, and mail in frames. */
export const pageHeaders = (script?: string): Readonly<Record<string, string>> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src ${sourceOf(STYLE)}; script-src ${script ? sourceOf(script) : "'none'"}; ` +
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
});

/** Headers of mail in a frame. Its author is the pool's function, so nothing in it runs or loads. */
export const MAIL_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'referrer-policy': 'no-referrer',
};

/** The frame that shows mail of this path. */
export const mailFrame = (path: string, title: string): Part =>
  html`<iframe sandbox loading="lazy" src="${path}" title="${title}"></iframe>`;

export interface PageParts {
  readonly title: string;
  readonly body: Part;
  readonly script?: string;
}

export const renderPage = async ({ title, body, script }: PageParts): Promise<string> =>
  String(
    await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · local user pool</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
${script === undefined ? '' : html`<script>${raw(script)}</script>`}
</body>
</html>
`,
  );
