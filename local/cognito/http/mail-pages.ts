/** The pages of the mail under `/_local/`. They are loaded with the first request for one. */
import type { Service } from '../core/pool/service.ts';
import type { Mailbox } from '../mail/mailbox.ts';

export interface MailPage {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

interface Source {
  readonly mailbox: Mailbox;
  readonly service: Service;
}

const MAIL = /^\/_local\/mail\/(\d{1,9})$/;
const PREVIEW = /^\/_local\/previews(?:\/(\w+))?$/;

export const isMailPage = (path: string): boolean =>
  path === '/_local/inbox' || MAIL.test(path) || PREVIEW.test(path);

/** Undefined for a message that is no longer kept. */
export async function mailPage(
  { mailbox, service }: Source,
  { pathname, searchParams }: URL,
): Promise<MailPage | undefined> {
  if (pathname === '/_local/inbox') {
    const { INBOX_HEADERS, renderInbox } = await import('../mail/inbox.ts');
    const text = await renderInbox(mailbox, searchParams.get('to') ?? undefined);
    return { headers: INBOX_HEADERS, text };
  }
  const [, id] = MAIL.exec(pathname) ?? [];
  if (id !== undefined) return mailAlone(mailbox.find(Number(id))?.text);
  const previews = await import('../mail/previews.ts');
  const [pool] = service.all();
  if (pool === undefined) return undefined;
  const locale = searchParams.get('locale') ?? '';
  const [, kind] = PREVIEW.exec(pathname) ?? [];
  if (kind !== undefined) return mailAlone(await previews.renderPreviewMail(pool, kind, locale));
  return {
    headers: previews.PREVIEW_HEADERS,
    text: await previews.renderPreviews(pool, locale),
  };
}

async function mailAlone(text: string | undefined): Promise<MailPage | undefined> {
  const { MAIL_HEADERS } = await import('../mail/page-style.ts');
  return text === undefined ? undefined : { headers: MAIL_HEADERS, text };
}
