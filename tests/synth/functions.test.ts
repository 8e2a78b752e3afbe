import {
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { bundle, FUNCTIONS_DIR } from '../../infra/lib/bundle.ts';
import { entryOf, missingTriggers, triggersWithoutKey } from '../../infra/lib/triggers.ts';
import { BASE, folder, only, template, templateWith } from './support.ts';

const FUNCTION = 'AWS::Lambda::Function';
const environment = (made: ReturnType<typeof templateWith>, id = /PreToken/) =>
  (only(made, FUNCTION, id).Environment as { Variables: object } | undefined)?.Variables;
const poolTrigger = (made: ReturnType<typeof templateWith>) =>
  only(made, 'AWS::Cognito::UserPool').LambdaConfig;

describe('the pre-token function', () => {
  it('is bundled to at most 4,096 bytes', () => {
    const file = join(bundle(entryOf('pre-token'), { bundlesDir: folder() }), 'index.mjs');
    expect(statSync(file).size).toBeGreaterThan(0);
    expect(statSync(file).size).toBeLessThanOrEqual(4096);
  });

  it('is the very file that the local pool runs', () => {
    const local = readFileSync(new URL('../../local/cognito/server.ts', import.meta.url), 'utf8');
    const name = /'(@cognito-supabase\/lambda\/pre-token\/handler)'/.exec(local)?.[1] as string;
    const found = createRequire(import.meta.url).resolve(name);
    expect(realpathSync(found)).toBe(realpathSync(join(FUNCTIONS_DIR, entryOf('pre-token'))));
  });

  it('runs on the current Node and arm64, small and short, with a log that forgets', () => {
    const made = templateWith({});
    expect(only(made, FUNCTION)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 128,
      Timeout: 5,
      Handler: 'index.handler',
    });
    expect(only(made, 'AWS::Logs::LogGroup')).toMatchObject({ RetentionInDays: 30 });
    const longer = templateWith({ functions: { logDays: 365 } });
    expect(only(longer, 'AWS::Logs::LogGroup')).toMatchObject({ RetentionInDays: 365 });
  });

  it('is traced by choice', () => {
    expect(only(templateWith({}), FUNCTION).TracingConfig).toBeUndefined();
    const traced = templateWith({ functions: { tracing: true } });
    expect(only(traced, FUNCTION).TracingConfig).toEqual({ Mode: 'Active' });
  });

  it.each(['V1_0', 'V2_0', 'V3_0'] as const)('gets events of %s', (version) => {
    const made = templateWith({ preToken: { version, versionReason: 'told so' } });
    expect(poolTrigger(made)).toMatchObject({
      PreTokenGenerationConfig: { LambdaVersion: version },
    });
    expect(only(made, FUNCTION).Description).toContain('told so');
  });

  it('gets events of V3_0 by default', () => {
    expect(poolTrigger(templateWith({}))).toMatchObject({
      PreTokenGenerationConfig: { LambdaVersion: 'V3_0' },
    });
  });

  it('has the configured settings only', () => {
    expect(environment(templateWith({}))).toBeUndefined();
    const made = templateWith({
      pool: { groups: [{ name: 'admin' }, { name: 'support' }] },
      preToken: {
        appRoleGroups: ['admin', 'support'],
        emailClaim: true,
        machineClaims: { abc: { plan: 'x' } },
      },
    });
    expect(environment(made)).toEqual({
      APP_ROLE_GROUPS: 'admin,support',
      EMAIL_CLAIM: 'true',
      MACHINE_CLAIMS: '{"abc":{"plan":"x"}}',
    });
  });
});

/** functions/ with more triggers than it has. */
function functionsWith(...folders: string[]): string {
  const functionsDir = folder();
  for (const name of ['pre-token', 'api', 'user-events', 'service', 'package.json']) {
    symlinkSync(join(FUNCTIONS_DIR, name), join(functionsDir, name));
  }
  for (const name of folders) {
    mkdirSync(join(functionsDir, name));
    writeFileSync(
      join(functionsDir, name, 'handler.ts'),
      'export const handler = async (event: unknown) => event;\n',
    );
  }
  return functionsDir;
}

const WITH_KEY = { ...BASE, supabase: { ...BASE.supabase, secretName: 'kit/supabase' } };

describe('the queue of post-confirmation', () => {
  const made = () =>
    template({ ...WITH_KEY, operations: { alarms: {} } }, { functionsDir: FUNCTIONS_DIR });

  it('is encrypted, wants TLS, and leaves what never works to another queue, with an alarm', () => {
    const queues = Object.values(made().findResources('AWS::SQS::Queue')).map(
      ({ Properties }) => Properties as Record<string, unknown>,
    );
    expect(queues).toHaveLength(2);
    const [dead, queue] = queues[0]?.RedrivePolicy ? [queues[1], queues[0]] : queues;
    expect(dead).toMatchObject({ MessageRetentionPeriod: 1_209_600 });
    expect(queue).toMatchObject({ RedrivePolicy: { maxReceiveCount: 10 }, VisibilityTimeout: 360 });
    // SQS encrypts with a key of its own unless it is told otherwise.
    for (const one of queues) expect(one).not.toHaveProperty('SqsManagedSseEnabled', false);
    made().resourceCountIs('AWS::SQS::QueuePolicy', 2);
    made().hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 1,
    });
  });

  it('has a worker that names the messages that failed, and may read the queue and the key only', () => {
    made().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    const worker = JSON.stringify(made().findResources('AWS::IAM::Policy')).match(/sqs:\w+/g);
    expect(new Set(worker)).toEqual(
      new Set([
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ReceiveMessage',
        'sqs:SendMessage',
      ]),
    );
  });
});

describe('other triggers', () => {
  const ALL = [
    'pre-sign-up',
    'pre-authentication',
    'post-authentication',
    'post-confirmation',
    'user-migration',
    'custom-message',
    'define-auth-challenge',
    'create-auth-challenge',
    'verify-auth-challenge',
  ] as const;

  it('are left out while functions/ has no handler', () => {
    const made = template(BASE, { functionsDir: functionsWith() });
    expect(Object.keys(poolTrigger(made) as object)).toEqual(['PreTokenGenerationConfig']);
    made.resourceCountIs(FUNCTION, 1);
    expect(missingTriggers({ functionsDir: functionsWith() })).toEqual(ALL);
  });

  it('are wired once functions/ has them, and the stage names the secret key', () => {
    const functionsDir = functionsWith(...ALL);
    const keyless = template(BASE, { functionsDir });
    expect(Object.keys(poolTrigger(keyless) as object)).not.toContain('PostConfirmation');
    expect(triggersWithoutKey(BASE.supabase, { functionsDir })).toEqual(['post-confirmation']);
    for (const name of ['CustomMessage', 'PostAuthentication', 'PreSignUp'])
      expect(Object.keys(poolTrigger(keyless) as object)).not.toContain(name);
    const made = template(
      {
        ...WITH_KEY,
        supabase: { ...WITH_KEY.supabase, recordSignIns: true },
        signUp: { invitationsOnly: true },
        signIn: { whenDown: 'allow' },
        migration: {},
        pool: { email: { from: 'login@mail.example.com', fromName: 'Notes' } },
        messages: { appName: 'Notes', newDevice: true, signInCodes: true },
      },
      { functionsDir },
    );
    expect(environment(made, /custommessage/)).toEqual({ MESSAGE_APP_NAME: 'Notes' });
    expect(environment(made, /presignup/)).toEqual({ SIGN_UP_INVITATIONS_ONLY: 'true' });
    const service = { SUPABASE_URL: BASE.supabase.url, SUPABASE_SECRET_NAME: 'kit/supabase' };
    const mail = { MESSAGE_APP_NAME: 'Notes', MAIL_FROM: 'Notes <login@mail.example.com>' };
    expect(environment(made, /postauthentication/)).toEqual({
      ...service,
      ...mail,
      RECORD_SIGN_INS: 'true',
      CLAIM_TRANSFERS: 'true',
      NEW_DEVICE_MAIL: 'true',
      USER_EVENT_QUEUE_URL: { Ref: expect.stringContaining('EventsQueue') },
    });
    expect(environment(made, /preauthentication/)).toEqual({
      ...service,
      SIGN_IN_WHEN_DOWN: 'allow',
    });
    expect(environment(made, /usermigration/)).toEqual({
      ...service,
      OLD_SUPABASE_URL: BASE.supabase.url,
      OLD_SUPABASE_PUBLISHABLE_KEY: BASE.supabase.publishableKey,
      OLD_SUPABASE_SECRET_NAME: 'kit/supabase',
    });
    expect(environment(made, /createauthchallenge/)).toEqual(mail);
    expect(environment(made, /defineauthchallenge/)).toBeUndefined();
    expect(triggersWithoutKey(WITH_KEY.supabase, { functionsDir })).toEqual([]);
    expect(Object.keys(poolTrigger(made) as object).sort()).toEqual([
      'CreateAuthChallenge',
      'CustomMessage',
      'DefineAuthChallenge',
      'PostAuthentication',
      'PostConfirmation',
      'PreAuthentication',
      'PreSignUp',
      'PreTokenGenerationConfig',
      'UserMigration',
      'VerifyAuthChallengeResponse',
    ]);
    made.resourceCountIs('AWS::Lambda::Permission', 10);
    expect(missingTriggers({ functionsDir })).toEqual([]);
  });

  it('that send mail may do so for the sender alone', () => {
    const functionsDir = functionsWith(...ALL);
    const made = template(
      {
        ...BASE,
        pool: { email: { from: 'login@example.com', verifiedDomain: 'example.com' } },
        messages: { appName: 'Notes', signInCodes: true },
      },
      { functionsDir },
    );
    const [statement, ...others] = Object.values(made.findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => Action === 'ses:SendEmail');
    expect(others).toEqual([]);
    expect(statement.Condition).toEqual({
      StringEquals: { 'ses:FromAddress': 'login@example.com' },
    });
    const resources = JSON.stringify(statement.Resource);
    expect(resources).toContain(':identity/login@example.com');
    expect(resources).toContain(':identity/example.com');
  });

  it('of the migration may read both keys, and the app may send passwords', () => {
    const functionsDir = functionsWith('user-migration', 'post-authentication');
    const old = {
      url: 'https://old.supabase.co',
      publishableKey: 'sb_publishable_old',
      secretName: 'kit/old',
    };
    const made = template({ ...WITH_KEY, migration: old }, { functionsDir });
    expect(environment(made, /usermigration/)).toMatchObject({
      OLD_SUPABASE_URL: 'https://old.supabase.co',
      OLD_SUPABASE_SECRET_NAME: 'kit/old',
    });
    const policies = JSON.stringify(made.findResources('AWS::IAM::Policy'));
    // The trigger, post-authentication and the worker; and the trigger alone.
    expect(policies.match(/secret:kit\/supabase-/g)).toHaveLength(3);
    expect(policies.match(/secret:kit\/old-/g)).toHaveLength(1);
    made.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      ExplicitAuthFlows: Match.arrayWith(['ALLOW_USER_PASSWORD_AUTH']),
    });
  });

  it('of sign-up may find and link users of this pool, if people come by providers, and read no key', () => {
    const functionsDir = functionsWith('pre-sign-up');
    const signUp = { allowDomains: ['a.example', '*.b.example'], linkProviders: ['Google'] };
    const alone = template({ ...WITH_KEY, signUp: {} }, { functionsDir });
    expect(JSON.stringify(alone.findResources('AWS::IAM::Policy'))).not.toContain('cognito-idp:');
    const made = template(
      {
        ...WITH_KEY,
        login: { prefix: 'my-app' },
        federation: { google: { clientId: 'g', secretName: 'kit/google' } },
        signUp,
      },
      { functionsDir },
    );
    expect(environment(made, /presignup/)).toEqual({
      SIGN_UP_ALLOW_DOMAINS: 'a.example,*.b.example',
      SIGN_UP_LINK_PROVIDERS: 'Google',
    });
    const policies = JSON.stringify(made.findResources('AWS::IAM::Policy'));
    expect(policies).not.toContain('secretsmanager:GetSecretValue');
    expect(only(made, 'AWS::IAM::Policy', /Linking/)).toMatchObject({
      PolicyDocument: {
        Statement: [
          {
            Action: ['cognito-idp:ListUsers', 'cognito-idp:AdminLinkProviderForUser'],
            Effect: 'Allow',
            Resource: { 'Fn::GetAtt': [expect.stringMatching(/Pool/), 'Arn'] },
          },
        ],
      },
    });
  });

  it('get the name of the secret key, never the key, and may read that one alone', () => {
    const functionsDir = functionsWith('post-confirmation');
    const made = template(WITH_KEY, { functionsDir });
    expect(environment(made, /postconfirmation/)).toEqual({
      SUPABASE_URL: 'https://ref.supabase.co',
      SUPABASE_SECRET_NAME: 'kit/supabase',
      USER_EVENT_QUEUE_URL: { Ref: expect.stringContaining('EventsQueue') },
    });
    const policies = JSON.stringify(made.findResources('AWS::IAM::Policy'));
    // The trigger, and the worker of its queue.
    expect(policies.match(/secretsmanager:GetSecretValue/g)).toHaveLength(2);
    expect(policies).toContain('secret:kit/supabase-??????');

    const without = JSON.stringify(template(BASE, { functionsDir }).toJSON());
    expect(without).not.toContain('secretsmanager:');
  });
});
