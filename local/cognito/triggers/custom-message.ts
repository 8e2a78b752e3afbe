/** The custom message trigger: texts of the pool's function in place of those of its settings. */
import type { CustomMessageTriggerEvent } from 'aws-lambda';
import type { MessageOccasion } from '../core/users/delivery.ts';
import { CODE_PLACE, type Texts, USERNAME_PLACE } from '../mail/templates.ts';
import { malformed } from './invoke.ts';
import { allAttributes, type Triggers } from './triggers.ts';

/** The texts that the function has set. */
export async function customMessage(
  triggers: Triggers,
  { kind, user, clientId, metadata }: MessageOccasion,
): Promise<Partial<Texts>> {
  const event: Pick<
    CustomMessageTriggerEvent,
    'triggerSource' | 'userName' | 'request' | 'response'
  > = {
    triggerSource: `CustomMessage_${kind}`,
    userName: user.Username,
    request: {
      userAttributes: allAttributes(user),
      codeParameter: CODE_PLACE,
      linkParameter: '{##Click Here##}',
      usernameParameter: kind === 'AdminCreateUser' ? USERNAME_PLACE : null,
      ...(metadata && { clientMetadata: metadata }),
    },
    response: { smsMessage: null, emailMessage: null, emailSubject: null },
  };
  const answer = await triggers.call('CustomMessage', clientId, event);
  const text = (name: string): string | undefined => {
    const value = answer?.[name] ?? undefined;
    if (value !== undefined && typeof value !== 'string') throw malformed();
    return value || undefined;
  };
  const [email, subject, sms] = [text('emailMessage'), text('emailSubject'), text('smsMessage')];
  return { ...(email && { email }), ...(subject && { subject }), ...(sms && { sms }) };
}
