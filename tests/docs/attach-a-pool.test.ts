/** docs/attach-a-pool.md: its commands, by the shell, on Cognito's API as tests/support/fake-aws.ts has it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts';
import { Page, runInShell } from '../support/page.ts';

const page = await Page.read('docs/attach-a-pool.md');
const POOL = 'eu-central-1_a1B2c3D4e';
const POOL_ARN = `arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${POOL}`;
const FUNCTION = 'arn:aws:lambda:eu-central-1:123456789012:function:pre-token';
const PRE_SIGN_UP = 'arn:aws:lambda:eu-central-1:123456789012:function:pre-sign-up';

let aws: FakeAws;
beforeAll(async () => {
  const pool = {
    Id: POOL,
    Name: 'people',
    Arn: POOL_ARN,
    UserPoolTier: 'ESSENTIALS',
    MfaConfiguration: 'OFF',
    DeletionProtection: 'ACTIVE',
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: true, UnusedAccountValidityDays: 2 },
    EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT' },
    Policies: { PasswordPolicy: { MinimumLength: 14, TemporaryPasswordValidityDays: 2 } },
    LambdaConfig: { PreSignUp: PRE_SIGN_UP },
  };
  aws = await startFakeAws(pool, { MfaConfiguration: 'OFF' });
  aws.functions = {
    [FUNCTION]: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'cognito-idp.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Condition: { ArnLike: { 'AWS:SourceArn': POOL_ARN } },
        },
      ],
    },
  };
});
afterAll(() => aws.close());

/** Each command of a block by itself. AWS_ENDPOINT_URL is the SDK's own variable. */
async function run(block: string): Promise<string[]> {
  const outputs: string[] = [];
  for (const command of block.trim().split('\n')) {
    const { code, output } = await runInShell(command, {
      env: {
        POOL_ID: POOL,
        FUNCTION_ARN: FUNCTION,
        AWS_ENDPOINT_URL: aws.url,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });
    expect(code, output).toBe(0);
    outputs.push(output);
  }
  return outputs;
}

test('attach shows the plan, then carries it out', async () => {
  const [plan = '', done = ''] = await run(page.take('sh', 'supabase attach'));
  expect(plan).toContain('nothing was changed: add --apply');
  expect(done).toContain('done, and read back');
  expect(aws.pool.LambdaConfig).toMatchObject({
    PreSignUp: PRE_SIGN_UP,
    PreTokenGenerationConfig: { LambdaArn: FUNCTION, LambdaVersion: 'V3_0' },
  });
  // An update resets what it leaves out.
  expect(aws.pool.DeletionProtection).toBe('ACTIVE');
});

test('detach takes the trigger off again', async () => {
  const [plan = '', done = ''] = await run(page.take('sh', 'supabase detach'));
  expect(plan).toContain('nothing was changed: add --apply');
  expect(done).toContain('done, and read back');
  expect(aws.pool.LambdaConfig).toEqual({ PreSignUp: PRE_SIGN_UP });
});

test('every block of the page was taken', () => {
  expect(page.unused).toEqual([]);
});
