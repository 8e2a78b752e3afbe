/** Messages of a user pool. */

/**
 * What a message is for: the end of the source of the custom message trigger, after `CustomMessage_`.
 *
 * Source: Cognito developer guide, "Custom message Lambda trigger".
 */
export const MESSAGE_KINDS = [
  'SignUp',
  'ResendCode',
  'ForgotPassword',
  'AdminCreateUser',
  'UpdateUserAttribute',
  'VerifyUserAttribute',
  'Authentication',
] as const;

export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** What the functions send themselves, by mail only. */
export const OWN_MESSAGE_KINDS = ['SignInCode', 'NewDevice'] as const;

export type OwnMessageKind = (typeof OWN_MESSAGE_KINDS)[number];
