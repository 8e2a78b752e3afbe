/** The outputs of a stack, from a file and from CloudFormation. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OutputsSource, readOutputs } from '../../../../cli/hosted/outputs.ts';
import { type FakeAwsStack, startFakeAwsStack } from '../../../support/fake-aws-stack.ts';

const ISSUER = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC';
const OUTPUTS = {
  Region: 'eu-central-1',
  UserPoolId: 'eu-central-1_AbC',
  Issuer: ISSUER,
  ClientId: 'web',
  TrustedClients: `[{"issuer":"${ISSUER}","client_id":"web"}]`,
};

let dir: string;
let aws: FakeAwsStack;
beforeAll(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  dir = await mkdtemp(path.join(tmpdir(), 'outputs-'));
  aws = await startFakeAwsStack();
  process.env.AWS_ENDPOINT_URL = aws.url;
});
afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  await aws.close();
  await rm(dir, { recursive: true });
});

const source = (more: Partial<OutputsSource> = {}): OutputsSource => ({
  stage: 'dev',
  stack: 'cognito-supabase-dev',
  file: undefined,
  region: 'eu-central-1',
  ...more,
});

async function fileOf(content: unknown): Promise<string> {
  const file = path.join(dir, 'outputs.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('a file of cdk deploy', () => {
  test('has the outputs of its stack', async () => {
    const file = await fileOf({ other: { Region: 'x' }, 'cognito-supabase-dev': OUTPUTS });
    expect(await readOutputs(source({ file }))).toEqual(OUTPUTS);
  });

  test.each([
    [
      'of another stage',
      { 'cognito-supabase-prod': OUTPUTS },
      /outputs of cognito-supabase-prod, not of cognito-supabase-dev/,
    ],
    ['of no stack', {}, /outputs of no stack/],
    [
      'without an output that is needed',
      { 'cognito-supabase-dev': { ...OUTPUTS, Issuer: '' } },
      /has no output Issuer/,
    ],
    [
      'of two deployments',
      { 'cognito-supabase-dev': { ...OUTPUTS, UserPoolId: 'eu-central-1_Old' } },
      /not the one of pool eu-central-1_Old/,
    ],
    ['that is no JSON', 'Region: x', /is not a file of outputs/],
    ['that is a list', [1], /is not a file of outputs/],
    ['named as a member of every object', { constructor: {} }, /outputs of constructor, not of/],
  ])('%s is refused', async (_, content, message) => {
    const file = await fileOf(content);
    await expect(readOutputs(source({ file }))).rejects.toMatchObject({
      code: 'OUTPUTS_WRONG',
      message: expect.stringMatching(message),
    });
  });

  test('that is missing is named', async () => {
    const file = path.join(dir, 'missing.json');
    await expect(readOutputs(source({ file }))).rejects.toMatchObject({
      code: 'OUTPUTS_MISSING',
      message: `there is no file ${file}`,
    });
  });
});

describe('CloudFormation', () => {
  test('has them, and others are left out', async () => {
    aws.stacks.set('mine', { ...OUTPUTS, Theirs: 'x' });
    expect(await readOutputs(source({ stack: 'mine' }))).toEqual(OUTPUTS);
  });

  test('has no such stack', async () => {
    await expect(readOutputs(source())).rejects.toMatchObject({
      code: 'OUTPUTS_MISSING',
      message: 'there is no stack cognito-supabase-dev in eu-central-1',
      hint: expect.stringContaining('--deploy'),
    });
  });

  test('does not answer', async () => {
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
    process.env.AWS_MAX_ATTEMPTS = '1';
    await expect(readOutputs(source())).rejects.toMatchObject({ code: 'POOL_UNREACHABLE' });
    delete process.env.AWS_MAX_ATTEMPTS;
    process.env.AWS_ENDPOINT_URL = aws.url;
  });
});
