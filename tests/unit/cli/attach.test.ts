import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/trigger/command.ts';
import { parseOptions, usage } from '../../../cli/trigger/options.ts';
import { planAttach, planDetach } from '../../../cli/trigger/plan.ts';
import { type FakeAws, startFakeAws } from '../../support/fake-aws.ts';

const POOL = 'eu-central-1_a1B2c3D4e';
const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:pre-token';
const OTHER = 'arn:aws:lambda:eu-central-1:123456789012:function:somebody-else';
const allows = (more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'cognito-idp.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Condition: {
        ArnLike: {
          'AWS:SourceArn': `arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${POOL}`,
        },
      },
      ...more,
    },
  ],
});
const SIGN_UP = 'arn:aws:lambda:eu-central-1:123456789012:function:pre-sign-up';

/** A pool without default values, so that a forgotten setting shows. */
const settled = {
  Id: POOL,
  Name: 'people',
  Arn: `arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${POOL}`,
  CreationDate: 1_700_000_000,
  LastModifiedDate: 1_700_000_000,
  EstimatedNumberOfUsers: 7,
  UsernameAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  SchemaAttributes: [{ Name: 'email', Required: true }],
  Domain: 'people',
  UserPoolTier: 'PLUS',
  DeletionProtection: 'ACTIVE',
  MfaConfiguration: 'ON',
  Policies: {
    PasswordPolicy: { MinimumLength: 14, PasswordHistorySize: 3, TemporaryPasswordValidityDays: 2 },
    SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] },
  },
  LambdaConfig: { PreSignUp: SIGN_UP },
  AutoVerifiedAttributes: ['email'],
  AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
  AdminCreateUserConfig: {
    AllowAdminCreateUserOnly: true,
    UnusedAccountValidityDays: 2,
    InviteMessageTemplate: { EmailSubject: 'Welcome' },
  },
  DeviceConfiguration: { ChallengeRequiredOnNewDevice: true },
  EmailConfiguration: {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: 'arn:aws:ses:eu-central-1:1:x',
  },
  EmailVerificationSubject: 'Your code',
  IssuerConfiguration: { Type: 'ORIGINAL' },
  SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms', ExternalId: 'x' },
  UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
  UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
  UserPoolTags: { team: 'identity', 'aws:cloudformation:stack-name': 'people' },
  VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_CODE' },
};

const factors = {
  MfaConfiguration: 'ON',
  SoftwareTokenMfaConfiguration: { Enabled: true },
  WebAuthnConfiguration: { RelyingPartyId: 'auth.example.com', UserVerification: 'preferred' },
};

let aws: FakeAws;
const printed: string[] = [];

beforeEach(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  printed.length = 0;
  aws = await startFakeAws(settled, factors);
  aws.functions = { [ARN]: allows(), [OTHER]: allows() };
});
afterEach(() => aws.close());

const call = async (command: 'attach' | 'detach', ...extra: string[]) => {
  const args = ['--pool', POOL, '--function', ARN, '--endpoint', aws.url, ...extra];
  const options = parseOptions(command, args);
  if (!options) throw new Error('no options');
  const planner = command === 'attach' ? planAttach : planDetach;
  await run(planner, options, (line) => printed.push(line));
};

/** The pool without its triggers. */
const rest = ({ LambdaConfig, ...pool }: FakeAws['pool']) => pool;

describe('attach', () => {
  it('shows the plan and changes nothing without --apply', async () => {
    await call('attach');
    expect(aws.calls).toEqual([
      'DescribeUserPool',
      'GetUserPoolMfaConfig',
      'GetFunctionConfiguration',
      'GetPolicy',
    ]);
    expect(aws.pool).toEqual(settled);
    expect(printed.join('\n')).toContain(`none → ${ARN} (V3_0)`);
    expect(printed.join('\n')).toContain('nothing was changed');
  });

  it('sets the trigger with --apply and keeps every other setting', async () => {
    await call('attach', '--apply');
    expect(aws.pool.LambdaConfig).toMatchObject({
      PreSignUp: SIGN_UP,
      PreTokenGenerationConfig: { LambdaArn: ARN, LambdaVersion: 'V3_0' },
    });
    expect(rest(aws.pool)).toEqual(rest(settled));
    expect(aws.mfa).toEqual(factors);
    expect(printed).toContain('done, and read back');
  });

  it('the fake resets settings that an update leaves out', async () => {
    await fetch(aws.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSCognitoIdentityProviderService.UpdateUserPool' },
      body: JSON.stringify({ UserPoolId: POOL }),
    });
    expect(aws.pool.DeletionProtection).toBe('INACTIVE');
    expect(aws.pool.UserPoolTags).toBeUndefined();
    expect(aws.mfa).toEqual({ MfaConfiguration: 'OFF' });
  });

  it('prints the command for the permission first', async () => {
    await call('attach');
    expect(printed[1]).toMatch(/^first, .*\n +aws lambda add-permission .*cognito-idp/s);
    expect(printed[1]).toContain(`--source-arn ${settled.Arn}`);
  });

  it.each<[string, object | null | undefined, string]>([
    ['is not there', undefined, 'FUNCTION_MISSING'],
    ['has no policy', null, 'PERMISSION_MISSING'],
    [
      'is for another caller',
      allows({ Principal: { Service: 's3.amazonaws.com' } }),
      'PERMISSION_MISSING',
    ],
    ['is for another action', allows({ Action: 'lambda:GetFunction' }), 'PERMISSION_MISSING'],
    [
      'is for another pool',
      allows({ Condition: { ArnLike: { 'AWS:SourceArn': `${settled.Arn}x` } } }),
      'PERMISSION_MISSING',
    ],
    [
      'is for another account',
      allows({ Condition: { StringEquals: { 'AWS:SourceAccount': '999999999999' } } }),
      'PERMISSION_MISSING',
    ],
    [
      'has a condition that is not known',
      allows({ Condition: { IpAddress: { 'aws:SourceIp': '1.2.3.4' } } }),
      'PERMISSION_MISSING',
    ],
    [
      'is denied besides',
      { Statement: [...allows().Statement, ...allows({ Effect: 'Deny' }).Statement] },
      'PERMISSION_MISSING',
    ],
  ])('a function that %s is refused before the pool is changed', async (_, policy, code) => {
    if (policy === undefined) delete aws.functions[ARN];
    else aws.functions[ARN] = policy;
    await expect(call('attach', '--apply')).rejects.toMatchObject({ code });
    expect(aws.calls).not.toContain('UpdateUserPool');
    expect(aws.pool).toEqual(settled);
  });

  it('a policy with a Deny has a hint of its own, because a further permission would not help', async () => {
    const deny = { Effect: 'Deny', Principal: { AWS: '*' }, NotAction: 'lambda:GetFunction' };
    aws.functions[ARN] = { Statement: [...allows().Statement, deny] };
    await expect(call('attach', '--apply')).rejects.toMatchObject({
      code: 'PERMISSION_MISSING',
      hint: expect.stringMatching(/^The pool was not changed\. .*Deny/),
    });
    expect(aws.pool).toEqual(settled);
  });

  it('a permission for an alias is none for another one', async () => {
    aws.functions[ARN] = allows({ Resource: `${ARN}:live` });
    await expect(call('attach')).rejects.toMatchObject({ code: 'PERMISSION_MISSING' });
    aws.functions[ARN] = allows({ Resource: ARN });
    await call('attach', '--apply');
    expect(printed).toContain('done, and read back');
  });

  it('control characters of the pool do not reach the terminal', async () => {
    aws.pool.Name = 'people\u001b[2J\u202e';
    await call('attach');
    expect(printed[0]).toContain('people\\u{1b}[2J\\u{202e}');
  });

  it.each<[string, object]>([
    ['any pool', allows({ Condition: undefined })],
    [
      'pools of the account',
      allows({ Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } } }),
    ],
    [
      'pools by pattern',
      allows({
        Condition: {
          ArnLike: { 'aws:SourceArn': 'arn:aws:cognito-idp:*:123456789012:userpool/*' },
        },
      }),
    ],
    ['one statement that is no list', { Statement: allows().Statement[0] }],
  ])('a function that is open to %s is taken', async (_, policy) => {
    aws.functions[ARN] = policy;
    await call('attach', '--apply');
    expect(printed).toContain('done, and read back');
  });

  it("sends none of AWS's own tags, and they stay", async () => {
    await call('attach', '--apply');
    expect(aws.pool.UserPoolTags).toEqual(settled.UserPoolTags);
  });

  it('does nothing where it is set already', async () => {
    aws.pool.LambdaConfig = {
      PreTokenGeneration: ARN,
      PreTokenGenerationConfig: { LambdaArn: ARN, LambdaVersion: 'V3_0' },
    };
    await call('attach', '--apply');
    expect(aws.calls).not.toContain('UpdateUserPool');
    expect(printed.at(-1)).toBe('nothing to change');
  });

  it.each([
    ['older', { PreTokenGeneration: OTHER }],
    ['newer', { PreTokenGenerationConfig: { LambdaArn: OTHER, LambdaVersion: 'V2_0' } }],
  ])('refuses where another function sits in the %s place', async (_, LambdaConfig) => {
    aws.pool.LambdaConfig = LambdaConfig;
    await expect(call('attach', '--apply')).rejects.toMatchObject({ code: 'TRIGGER_TAKEN' });
    expect(aws.calls).not.toContain('UpdateUserPool');
  });

  it('takes its place with --replace, in both places', async () => {
    aws.pool.LambdaConfig = {
      PreTokenGeneration: OTHER,
      PreTokenGenerationConfig: { LambdaArn: OTHER, LambdaVersion: 'V2_0' },
    };
    await call('attach', '--apply', '--replace');
    expect(JSON.stringify(aws.pool.LambdaConfig)).not.toContain(OTHER);
    expect(aws.pool.UserPoolTags['cognito-supabase:replaced']).toBe(`V2_0 ${OTHER}`);
    expect(printed.join('\n')).toContain(`${OTHER} (V2_0) → ${ARN} (V3_0)`);
  });

  it('refuses a pool on LITE for V3_0 and V2_0, and takes it for V1_0', async () => {
    aws.pool.UserPoolTier = 'LITE';
    for (const version of ['V3_0', 'V2_0']) {
      await expect(call('attach', '--apply', '--version', version)).rejects.toMatchObject({
        code: 'PLAN_TOO_LOW',
      });
    }
    expect(aws.calls).not.toContain('UpdateUserPool');
    await call('attach', '--apply', '--version', 'V1_0');
    expect(aws.pool.LambdaConfig.PreTokenGenerationConfig.LambdaVersion).toBe('V1_0');
    expect(aws.pool.UserPoolTier).toBe('LITE');
  });

  it('reports settings that are not as planned', async () => {
    let updated = false;
    aws.before = (operation) => {
      if (updated) aws.pool.DeletionProtection = 'INACTIVE';
      updated ||= operation === 'UpdateUserPool';
    };
    const failure = call('attach', '--apply');
    await expect(failure).rejects.toMatchObject({ code: 'ATTACH_INCOMPLETE' });
    await expect(failure).rejects.toThrow(/DeletionProtection/);
  });
});

describe('detach', () => {
  it('undoes attach', async () => {
    const before = structuredClone(aws.pool);
    await call('attach', '--apply');
    expect(aws.pool).not.toEqual(before);
    await call('detach', '--apply');
    expect(aws.pool).toEqual(before);
    expect(aws.mfa).toEqual(factors);
    expect(printed.at(-1)).toMatch(/^afterwards, .*\n +aws lambda remove-permission /s);
  });

  it('shows the plan and changes nothing without --apply', async () => {
    aws.pool.LambdaConfig = { PreTokenGeneration: ARN };
    await call('detach');
    expect(aws.pool.LambdaConfig).toEqual({ PreTokenGeneration: ARN });
    expect(printed.join('\n')).toContain(`${ARN} (V1_0) → none`);
  });

  it.each([
    [{ PreTokenGenerationConfig: { LambdaArn: OTHER, LambdaVersion: 'V2_0' } }],
    [{ PreTokenGenerationConfig: { LambdaArn: `${OTHER}:$LATEST`, LambdaVersion: 'V3_0' } }],
  ])('brings back what was replaced: %j', async (LambdaConfig) => {
    const { LambdaArn } = LambdaConfig.PreTokenGenerationConfig;
    aws.functions[LambdaArn] = allows();
    aws.pool.LambdaConfig = structuredClone(LambdaConfig);
    await call('attach', '--apply', '--replace');
    await call('detach', '--apply');
    expect(aws.pool.LambdaConfig).toMatchObject(LambdaConfig);
    expect(rest(aws.pool)).toEqual(rest(settled));
  });

  it('does not bring back a function that is gone, unless the place may stay empty', async () => {
    aws.pool.LambdaConfig = {
      PreTokenGenerationConfig: { LambdaArn: OTHER, LambdaVersion: 'V2_0' },
    };
    await call('attach', '--apply', '--replace');
    delete aws.functions[OTHER];
    await expect(call('detach', '--apply')).rejects.toMatchObject({ code: 'FUNCTION_MISSING' });
    expect(JSON.stringify(aws.pool.LambdaConfig)).toContain(ARN);
    await call('detach', '--apply', '--leave-empty');
    expect(aws.pool.LambdaConfig).toEqual({});
    expect(aws.pool.UserPoolTags).toEqual(settled.UserPoolTags);
  });

  it.each([`V2_0 ${OTHER};touch$IFS/tmp/x`, `V2_0 ${OTHER}:a:b`, `V4_0 ${OTHER}`, OTHER])(
    'brings back nothing from a tag that is no trigger: %s',
    async (tag) => {
      aws.pool.LambdaConfig = { PreTokenGeneration: ARN };
      aws.pool.UserPoolTags['cognito-supabase:replaced'] = tag;
      await call('detach');
      expect(printed.join('\n')).toContain('→ none');
      expect(printed.join('\n')).not.toContain(OTHER);
    },
  );

  it('leaves a function that somebody else has set', async () => {
    aws.pool.LambdaConfig = { PreTokenGeneration: OTHER };
    await expect(call('detach', '--apply')).rejects.toMatchObject({ code: 'TRIGGER_TAKEN' });
  });

  it('does nothing where nothing is set', async () => {
    await call('detach', '--apply');
    expect(aws.calls).not.toContain('UpdateUserPool');
  });
});

describe('the command line', () => {
  const complete = ['--pool', POOL, '--function', ARN];

  it.each([
    [['--pool', 'people', '--function', ARN], /id of a user pool/],
    [['--pool', POOL, '--function', 'pre-token'], /ARN of a Lambda function/],
    [
      ['--pool', 'us-east-1_a1B2c3D4e', '--function', ARN],
      /pool is in us-east-1 and the function in eu-central-1/,
    ],
    [[...complete, '--version', 'V4_0'], /one of V1_0, V2_0, V3_0/],
    [[...complete, '--force'], /--force/],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions('attach', args)).toThrow(message);
  });

  it('detach knows no --replace', () => {
    expect(() => parseOptions('detach', [...complete, '--replace'])).toThrow(/--replace/);
    expect(parseOptions('attach', [...complete, '--replace'])).toMatchObject({ replace: true });
  });

  it('--help names every permission', () => {
    for (const action of ['UpdateUserPool', 'UntagResource', 'GetPolicy', 'iam:PassRole']) {
      expect(usage('attach')).toContain(action);
    }
  });

  it.each([
    [
      'no network',
      {},
      'http://127.0.0.1:1',
      /^error POOL_UNREACHABLE: AWS in eu-central-1 does not/,
    ],
    [
      'no credentials',
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      undefined,
      /^error CREDENTIALS_MISSING: there are no AWS credentials/,
    ],
  ])('with %s it says so, and what to do', async (_, more, endpoint, wanted) => {
    const file = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
    const env = {
      ...process.env,
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      ...more,
    };
    const args = [file, 'attach', ...complete, '--endpoint', endpoint ?? aws.url];
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) =>
      execFile(process.execPath, args, { env }, (error, _out, text) => {
        resolve({ code: error?.code, stderr: text });
      }),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(wanted);
    expect(stderr).toMatch(/\n {2}→ \S/);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it('shows the message of AWS', async () => {
    aws.pool.Id = 'eu-central-1_another';
    await expect(call('attach')).rejects.toMatchObject({
      code: 'POOL_REFUSED',
      message: expect.stringContaining('ResourceNotFoundException'),
    });
  });

  it('ends with 1 and a hint', async () => {
    aws.pool.UserPoolTier = 'LITE';
    const file = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
    const args = [file, 'attach', ...complete, '--endpoint', aws.url];
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) =>
      execFile(process.execPath, args, (error, _, text) => {
        resolve({ code: error?.code, stderr: text });
      }),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error PLAN_TOO_LOW: .*\n {2}→ .*\n$/);
  });
});
