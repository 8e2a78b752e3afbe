/** Mail that the functions send themselves, by Amazon SES. Cognito sends all other mail of the pool. */
import type { SESv2Client } from '@aws-sdk/client-sesv2';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly html: string;
}

export type SendMail = (mail: Mail) => Promise<void>;

/**
 * @param from A verified identity of SES, as `login@example.com` or `App <login@example.com>`
 * @param region Of SES. @default - the region of the function
 */
export function sesMail(from: string, region?: string): SendMail {
  let client: SESv2Client | undefined;
  return async ({ to, subject, html }) => {
    // Loaded with the first mail, because the SDK takes longer to load than everything else.
    const { SESv2Client: Client, SendEmailCommand } = await import('@aws-sdk/client-sesv2');
    client ??= new Client({ maxAttempts: 2, ...(region && { region }) });
    const Content = {
      Simple: { Subject: { Data: subject }, Body: { Html: { Data: html, Charset: 'UTF-8' } } },
    };
    const message = { FromEmailAddress: from, Destination: { ToAddresses: [to] }, Content };
    // Cognito waits 5 s for the trigger.
    await client.send(new SendEmailCommand(message), { abortSignal: AbortSignal.timeout(3000) });
  };
}
