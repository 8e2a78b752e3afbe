/** The texts of one language. A new language is a file like en.ts, and a line in languages.ts. */
import type { MessageKind, OwnMessageKind } from '@cognito-supabase/contract/messages';

export interface MessageText {
  readonly subject: string;
  /** One or two sentences before the code. */
  readonly text: string;
  /** What the person does who has not asked for it. */
  readonly note: string;
  /** At most 100 characters, with `{code}`; the app's name comes before it. */
  readonly sms: string;
}

export interface LanguageTexts {
  /** For the attribute `lang` of the mail. */
  readonly language: string;
  readonly kinds: Readonly<Record<MessageKind, MessageText>>;
  /** What the functions send themselves. */
  readonly own: Readonly<Record<OwnMessageKind, Omit<MessageText, 'sms'>>>;
  /** Labels of the name and of the temporary password in an invitation. */
  readonly username: string;
  readonly password: string;
}
