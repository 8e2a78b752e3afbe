/** The functions of functions/, and for each an event that it answers without the network. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { routes } from '../../functions/api/routes.ts';

const FUNCTIONS = path.resolve(import.meta.dirname, '../../functions');

/** Each file that infra/ bundles. */
export const FUNCTION_ENTRIES: readonly string[] = [
  ...readdirSync(FUNCTIONS)
    .map((folder) => `${folder}/handler.ts`)
    .filter((entry) => existsSync(path.join(FUNCTIONS, entry))),
  'user-events/worker.ts',
  'api/all.ts',
  ...routes.map(({ entry }) => entry),
].sort();

/** Settings of a deployment, without a secret. */
export const SETTINGS = {
  AWS_REGION: 'eu-central-1',
  SUPABASE_URL: 'https://ref.supabase.co',
  SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_x',
  SUPABASE_SECRET_NAME: 'kit/supabase',
  USER_EVENT_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/0/queue',
  COGNITO_ISSUER: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e',
  COGNITO_CLIENT_IDS: 'web',
  MESSAGE_APP_NAME: 'Notes',
  SIGN_UP_ALLOW_DOMAINS: 'example.com',
} as const;

const trigger = (triggerSource: string, request: object) => ({
  version: '2',
  triggerSource,
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_a1B2c3D4e',
  userName: 'ann',
  callerContext: { awsSdkVersion: 'x', clientId: 'web' },
  request: { userAttributes: { sub: 's', email: 'ann@example.com' }, ...request },
  response: {},
});

const EVENTS = new Map<string, object>([
  ['pre-token/handler.ts', trigger('TokenGeneration_Authentication', { groupConfiguration: {} })],
  ['pre-sign-up/handler.ts', trigger('PreSignUp_SignUp', {})],
  ['custom-message/handler.ts', trigger('CustomMessage_SignUp', { codeParameter: '{####}' })],
  // A reset password is no new account, so nothing is called.
  ['post-confirmation/handler.ts', trigger('PostConfirmation_ConfirmForgotPassword', {})],
  ['user-events/worker.ts', { Records: [] }],
  ['define-auth-challenge/handler.ts', trigger('DefineAuthChallenge_Authentication', {})],
  [
    'verify-auth-challenge/handler.ts',
    trigger('VerifyAuthChallengeResponse_Authentication', { challengeAnswer: '12345678' }),
  ],
  [
    'pre-authentication/handler.ts',
    trigger('PreAuthentication_Authentication', { userNotFound: true }),
  ],
]);

/** A request that an open route answers, and whose token any other refuses by its shape. */
function requestOf(entry: string): object {
  const { method, path: address } = routes.find((route) => route.entry === entry) ?? {
    method: 'GET',
    path: '/health',
  };
  return {
    version: '2.0',
    rawPath: address,
    rawQueryString: '',
    headers: { authorization: 'Bearer x' },
    isBase64Encoded: false,
    requestContext: {
      requestId: 'r',
      domainName: 'api.example.com',
      http: { method, path: address },
      authorizer: { jwt: { claims: { sub: 's' } } },
    },
  };
}

/** A webhook reads its secret first, from Secrets Manager. */
const NEEDS_NETWORK = new Set(['api/webhook.ts']);

export const idleEvent = (entry: string): object | undefined =>
  EVENTS.get(entry) ??
  (entry.startsWith('api/') && !NEEDS_NETWORK.has(entry) ? requestOf(entry) : undefined);
