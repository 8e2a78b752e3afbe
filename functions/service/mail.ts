/** Mail that the functions send themselves, by Amazon SES. Cognito sends all other mail of the pool. */
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';

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
  const client = new SESv2Client({ maxAttempts: 2, ...(region && { region }) });
  return async ({ to, subject, html }) => {
    const Content = {
      Simple: { Subject: { Data: subject }, Body: { Html: { Data: html, Charset: 'UTF-8' } } },
    };
    const message = { FromEmailAddress: from, Destination: { ToAddresses: [to] }, Content };
    // Cognito waits 5 s for the trigger.
    await client.send(new SendEmailCommand(message), { abortSignal: AbortSignal.timeout(3000) });
  };
}
