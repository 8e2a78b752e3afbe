/** The page of the identity provider. No script. */
import { html } from 'hono/html';

type Html = ReturnType<typeof html>;

interface Page {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Html;
}

/** A form may lead anywhere: the apps that people go back to are registered. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

const page = (title: string, content: Html): Page => ({
  headers: HEADERS,
  body: html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 22rem; margin: 0 auto; padding: clamp(1.5rem, 8vh, 5rem) 1rem }
h1 { font-size: 1.25rem }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit }
input, button { min-height: 2.75rem; margin: .25rem 0 .75rem; padding: 0 .75rem }
</style>
</head>
<body><main><h1>${title}</h1>
<p>A stand-in for this provider, on your own machine. Nothing is checked.</p>
<form method="post">${content}
<button name="cancel" value="1" formnovalidate>Cancel</button></form></main></body>
</html>`,
});

export const signInPage = (provider: string, email: string): Page =>
  page(
    `Sign in at ${provider}`,
    html`<label>Email <input name="email" type="email" value="${email}" autocomplete="username" required></label>
<button>Continue</button>`,
  );
