/** The mail as HTML. Styles are inline and simple, because programs for mail drop most others. */
import type { LanguageTexts, MessageText } from './texts/texts.ts';

export interface MailParts {
  readonly appName: string;
  readonly texts: LanguageTexts;
  readonly message: Omit<MessageText, 'sms'>;
  /** Cognito puts the code, or the temporary password, in this place. @default - a message without a code */
  readonly code?: string | undefined;
  /** The place of the username, in an invitation. */
  readonly username?: string | undefined;
}

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif";

const paragraph = (text: string, style = ''): string =>
  `<p style="margin:0 0 16px;${style}">${text}</p>`;

const value = (label: string, place: string): string =>
  paragraph(`${escapeHtml(label)}<br><strong>${place}</strong>`);

function shownCode(texts: LanguageTexts, code?: string, username?: string): string {
  if (code === undefined) return '';
  if (username !== undefined) return value(texts.username, username) + value(texts.password, code);
  return paragraph(
    code,
    'font-family:ui-monospace,Menlo,Consolas,monospace;font-size:28px;font-weight:600;letter-spacing:3px',
  );
}

/** Source of the limits: Cognito API reference, 20,000 characters for a mail. */
export function mailOf({ appName, texts, message, code, username }: MailParts): string {
  const shown = shownCode(texts, code, username);
  return `<!doctype html><html lang="${texts.language}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escapeHtml(message.subject)}</title></head><body style="margin:0;padding:24px;${FONT};font-size:16px;line-height:1.5"><div style="max-width:480px;margin:0 auto"><h1 style="margin:0 0 16px;font-size:20px">${escapeHtml(appName)}</h1>${paragraph(escapeHtml(message.text))}${shown}${paragraph(escapeHtml(message.note), 'font-size:14px')}</div></body></html>`;
}
