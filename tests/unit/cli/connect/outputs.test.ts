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

  test('gives only the outputs that the kit knows: the record has a copy of them', async () => {
    const file = await fileOf({ 'cognito-supabase-dev': { ...OUTPUTS, DbPassword: 'hunter2' } });
    expect(await readOutputs(source({ file }))).toEqual(OUTPUTS);
  });

  const CHINA = 'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_AbC';
  const LOCAL = 'https://cognito-idp.local-1.amazonaws.com/local-1_FakePool';
  test.each([
    ['eu-central-1', ISSUER],
    ['eu-central-1', ISSUER.replace('cognito', 'issuer-cognito')],
    ['cn-north-1', CHINA],
    ['local-1', LOCAL],
  ])('may have a pool of %s with issuer %s', async (Region, Issuer) => {
    const UserPoolId = Issuer.split('/').at(-1) ?? '';
    const TrustedClients = JSON.stringify([{ issuer: Issuer, client_id: 'web' }]);
    const outputs = { ...OUTPUTS, Region, UserPoolId, Issuer, TrustedClients };
    const file = await fileOf({ 'cognito-supabase-dev': outputs });
    expect(await readOutputs(source({ file }))).toEqual(outputs);
  });

  const ELSEWHERE = 'https://evil.example/eu-central-1_AbC';
  const EMULATED = 'http://127.0.0.1:9229/eu-central-1_AbC';
  const withIssuer = (Issuer: string) => ({
    ...OUTPUTS,
    Issuer,
    TrustedClients: JSON.stringify([{ issuer: Issuer, client_id: 'web' }]),
  });

  test.each([
    ELSEWHERE,
    EMULATED,
    'http://169.254.169.254/x/eu-central-1_AbC',
    'http://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC',
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-central-1_AbC',
    'https://cognito-idp.eu-central-1.amazonaws.com.cn/eu-central-1_AbC',
    'https://cognito-idp.eu-central-1.amazonaws.com.evil.example/eu-central-1_AbC',
    'https://cognito-idp.eu-central-1.amazonaws.com/x/eu-central-1_AbC',
    'https://cognito-idp.eu-central-1.amazonaws.com@evil.example/eu-central-1_AbC',
    'https://evil.example/#cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC',
  ])('with issuer %s is refused: it would decide whose tokens are accepted', async (issuer) => {
    const file = await fileOf({ 'cognito-supabase-dev': withIssuer(issuer) });
    await expect(readOutputs(source({ file }))).rejects.toMatchObject({
      code: 'OUTPUTS_WRONG',
      message: expect.stringContaining('is not the one of pool'),
    });
  });

  test('of an emulator has its issuer, which is https or on this machine', async () => {
    const read = async (issuer: string) => {
      const file = await fileOf({ 'cognito-supabase-dev': withIssuer(issuer) });
      return readOutputs(source({ file, mayBeEmulated: true }));
    };
    for (const issuer of [EMULATED, ELSEWHERE, ISSUER])
      expect((await read(issuer)).Issuer).toBe(issuer);
    for (const issuer of ['http://169.254.169.254/eu-central-1_AbC', 'https://evil.example/other'])
      await expect(read(issuer)).rejects.toMatchObject({ code: 'OUTPUTS_WRONG' });
  });

  const trusting = (...clients: object[]) => ({ TrustedClients: JSON.stringify(clients) });
  test.each([
    ['a pool with control characters', { UserPoolId: 'eu-central-1_\x1b[2J' }],
    ['a pool of another region', { Region: 'eu-west-1' }],
    ['a region that is a host', { Region: 'x@evil.example/' }],
    ['a client with a line break', { ClientId: 'web\nADMIN=true' }],
    ['a client that is too long', { ClientId: 'a'.repeat(129) }],
    ['a user with a command', { ReaderUserName: 'reader; rm -rf /' }],
    ['a secret with a command', { ReaderSecretName: '$(id)' }],
    ['text that hides text', { LoginUrl: 'https://a.example/\u202e' }],
    ['a trusted client of another issuer', trusting({ issuer: ELSEWHERE, client_id: 'web' })],
    ['a trusted client without an issuer', trusting({ client_id: 'web' })],
    ['a trusted client of another form', trusting({ issuer: ISSUER, client_id: 'a b' })],
    ['trusted clients that are no JSON', { TrustedClients: '[' }],
  ])('with %s is refused, and says so in one harmless line', async (_, more) => {
    const file = await fileOf({ 'cognito-supabase-dev': { ...OUTPUTS, ...more } });
    await expect(readOutputs(source({ file }))).rejects.toMatchObject({
      code: 'OUTPUTS_WRONG',
      message: expect.stringMatching(/^\P{C}+$/u),
    });
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
    ['of a stack with another name', { '\x1b]0;owned\x07': OUTPUTS }, /^\P{C}+$/u],
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
