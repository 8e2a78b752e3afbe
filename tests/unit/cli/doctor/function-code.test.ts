/** The code of a deployed function: zips and servers that are hostile, and a role that may not read it. */
import { deflateRawSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Aws, openAws } from '../../../../cli/doctor/access/aws.ts';
import { codeIn, downloadCode } from '../../../../cli/doctor/access/function-code.ts';
import { codeMarkIn, functionCode, isOlder } from '../../../../cli/doctor/checks/function-code.ts';
import { diagnose } from '../../../../cli/doctor/engine.ts';
import { fetchJwks, get } from '../../../../cli/token/issuer.ts';
import { withCodeMark } from '../../../../infra/lib/code-mark.ts';
import {
  deployedCode,
  type FunctionsStandIn,
  startFunctions,
  zipOf,
} from '../../../support/doctor-functions.ts';
import { type Respond, type StandIn, startStandIn } from '../../../support/doctor-world.ts';
import { type FakeAws, startFakeAws } from '../../../support/fake-aws.ts';

const CODE = 'export const handler = 1;\n';

describe('the mark', () => {
  test('doctor reads what the constructs write', () => {
    const { version, hash } = codeMarkIn(withCodeMark('Adds a claim.', CODE)) ?? {};
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a long description is cut, and the mark is whole', () => {
    const long = withCodeMark('very '.repeat(100), CODE);
    expect(long.length).toBeLessThanOrEqual(256);
    expect(long).toMatch(/^very very /);
    expect(codeMarkIn(long)).toEqual(codeMarkIn(withCodeMark('', CODE)));
  });

  test.each(['', 'of another', '[cognito-supabase 0.1.0 sha256:abc]'])('%j has none', (text) => {
    expect(codeMarkIn(text)).toBeUndefined();
  });

  test.each([
    ['0.1.0', '0.1.1', true],
    ['0.9.0', '0.10.0', true],
    ['0.1.0', '0.1.0', false],
    ['1.0.0', '0.9.9', false],
    ['0.1.0-rc.1', '0.1.0', false],
  ])('%s is older than %s: %s', (one, other, expected) => {
    expect(isOlder(one, other)).toBe(expected);
  });
});

describe('a zip', () => {
  test('with one file has its bytes', () => {
    const { names, content } = codeIn(zipOf({ 'index.mjs': CODE }));
    expect(names).toEqual(['index.mjs']);
    expect(Buffer.from(content ?? []).toString()).toBe(CODE);
  });

  test('with names that lead out of a folder is not unpacked, and its names are told', () => {
    const names = ['../../etc/passwd', '/etc/passwd', 'index.mjs'];
    const zip = zipSync(Object.fromEntries(names.map((name) => [name, Buffer.from('x')])));
    expect(codeIn(zip)).toMatchObject({ content: undefined });
    expect(codeIn(zip).names).toEqual(expect.arrayContaining(['../../etc/passwd', '/etc/passwd']));
    expect(codeIn(zipOf({ '../index.mjs': 'x' })).names).toEqual(['../index.mjs']);
  });

  test('with a file __proto__ has no bytes', () => {
    const zip = zipOf({ __pr0to__: CODE }).toString('latin1').replaceAll('__pr0to__', '__proto__');
    const { names, content } = codeIn(Buffer.from(zip, 'latin1'));
    expect(names).toEqual(['__proto__']);
    expect(content).toBeUndefined();
  });

  test.each<[string, () => Uint8Array]>([
    ['no zip', () => Buffer.from('<html>')],
    ['nothing', () => new Uint8Array()],
    ['half a zip', () => zipOf({ 'index.mjs': CODE.repeat(100) }).subarray(40)],
    ['a file of 21 MB', () => zipSync({ 'index.mjs': new Uint8Array(21_000_000) })],
    [
      'too many files',
      () =>
        zipSync(
          Object.fromEntries(
            Array.from({ length: 1_001 }, (_, index) => [`${index}`, new Uint8Array()]),
          ),
        ),
    ],
  ])('%s cannot be seen', (_name, zip) => {
    expect(() => codeIn(zip())).toThrow(expect.objectContaining({ name: 'CouldNotSee' }));
  });

  test('a bomb that says it is small cannot be seen', () => {
    const packed = deflateRawSync(Buffer.alloc(50_000_000));
    // A zip of a stored file of the same size, whose entry then says: deflated, 100 bytes.
    const zip = Buffer.from(zipSync({ 'index.mjs': [packed, { level: 0 }] }));
    const entry = zip.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    zip.writeUInt16LE(8, entry + 10);
    zip.writeUInt32LE(100, entry + 24);
    expect(() => codeIn(zip)).toThrow('the file in its zip is too large');
  });

  test('a list of files that says it has no end cannot be seen', () => {
    const zip = zipOf({ 'index.mjs': CODE });
    zip.writeUInt16LE(65_535, zip.length - 14);
    expect(() => codeIn(zip)).toThrow(expect.objectContaining({ name: 'CouldNotSee' }));
  });
});

describe('a server', () => {
  let server: StandIn;
  beforeAll(async () => {
    server = await startStandIn(() => undefined);
  });
  afterAll(() => server.close());

  test.each<[string, Respond, string]>([
    ['404', () => undefined, 'status 404'],
    [
      'a redirect',
      ({ url }) =>
        url === '/there' ? { body: 'zip' } : { status: 302, headers: { location: '/there' } },
      'cannot be downloaded',
    ],
    [
      'a length that is too large',
      () => ({ headers: { 'content-length': '20000001' } }),
      'too large',
    ],
    [
      '21 MB',
      () => ({ body: Buffer.alloc(21_000_000), headers: { 'transfer-encoding': 'chunked' } }),
      'too large',
    ],
  ])('%s cannot be seen', async (_name, respond, reason) => {
    server.respond = respond;
    await expect(downloadCode(`${server.url}/zip`)).rejects.toMatchObject({
      name: 'CouldNotSee',
      message: expect.stringContaining(reason),
    });
  });

  test('one that does not end its answer cannot be seen', async () => {
    server.respond = () => new Promise(() => undefined);
    await expect(downloadCode(`${server.url}/zip`, 50)).rejects.toMatchObject({
      name: 'CouldNotSee',
    });
  });

  test.each(['http://example.com/zip', 'file:///etc/passwd', 'https://me@example.com/', 'zip'])(
    '%s is not asked',
    async (url) => {
      await expect(downloadCode(url)).rejects.toThrow('the address of its zip is no https URL');
    },
  );
});

describe('the check', () => {
  const POOL = 'eu-central-1_a1B2c3D4e';
  const arnOf = (name: string) => `arn:aws:lambda:eu-central-1:123456789012:function:${name}`;
  let cloud: FakeAws;
  let functions: FunctionsStandIn;
  let front: StandIn;
  let aws: Aws;
  beforeAll(async () => {
    process.env.AWS_ACCESS_KEY_ID ??= 'of-the-test';
    process.env.AWS_SECRET_ACCESS_KEY ??= 'of-the-test';
    cloud = await startFakeAws({ Id: POOL, Arn: 'arn', LambdaConfig: {} }, {});
    functions = await startFunctions(cloud);
    front = await startStandIn(() => undefined);
    aws = openAws({ poolId: POOL, region: 'eu-central-1', endpoint: functions.url });
  });
  beforeEach(() => {
    cloud.pool.LambdaConfig = { PreSignUp: arnOf('one'), PostConfirmation: arnOf('two') };
    cloud.functions = { [arnOf('one')]: null, [arnOf('two')]: null };
    functions.deployed.clear();
    for (const name of ['one', 'two']) functions.deployed.set(arnOf(name), deployedCode());
  });
  afterAll(async () => {
    aws.close();
    await Promise.all([front, functions, cloud].map((one) => one.close()));
  });

  const run = async (version = '0.1.0') => {
    const context = { env: {}, get, fetchJwks, now: Date.now, aws, version };
    const { findings, unseen } = await diagnose([functionCode], context);
    return {
      ids: findings.map(({ id, place, what }) => `${id} ${place?.split(':').at(-1)} ${what}`),
      reasons: unseen.map(({ reason }) => reason),
    };
  };

  test('is content with what was deployed, and sends no credentials for the zip', async () => {
    functions.downloads.length = 0;
    expect(await run()).toEqual({ ids: [], reasons: [] });
    expect(functions.downloads).toHaveLength(2);
    for (const headers of functions.downloads)
      expect(Object.keys(headers).filter((name) => /auth|amz|cookie/i.test(name))).toEqual([]);
  });

  test('takes inline code of a template, however its last line ends', async () => {
    const description = withCodeMark('inline', CODE);
    const zip = { body: zipOf({ 'index.js': CODE.trim() }) };
    functions.deployed.set(arnOf('one'), deployedCode({ description, zip }));
    expect(await run()).toEqual({ ids: [], reasons: [] });
  });

  test('finds the changed one although the other cannot be seen', async () => {
    functions.deployed.set(arnOf('one'), deployedCode({ description: 'of somebody' }));
    functions.deployed.set(
      arnOf('two'),
      deployedCode({ zip: { body: zipOf({ 'index.mjs': 'changed' }) } }),
    );
    const { ids, reasons } = await run();
    expect(ids).toEqual([expect.stringContaining('function-code-changed two')]);
    expect(reasons).toEqual([expect.stringMatching(/^one: its description has no hash/)]);
  });

  test('finds an older one although its zip cannot be read', async () => {
    functions.deployed.set(arnOf('one'), deployedCode({ zip: { body: '<html>' } }));
    const { ids, reasons } = await run('9.0.0');
    expect(ids).toHaveLength(2);
    expect(ids[0]).toMatch(/^function-code-older one .*: \d+\.\d+\.\d+, and not 9\.0\.0$/);
    expect(reasons).toEqual([expect.stringMatching(/^one: its zip cannot be read/)]);
  });

  test('says what a role that may not read the code lacks', async () => {
    const denied = openAws({ poolId: POOL, region: 'eu-central-1', endpoint: front.url });
    front.respond = async (request, body) => {
      if (/functions\/[^/]+$/.test(request.url ?? ''))
        return {
          status: 403,
          body: { Message: 'not authorized to perform: lambda:GetFunction' },
          headers: { 'x-amzn-errortype': 'AccessDeniedException' },
        };
      const target = { 'x-amz-target': String(request.headers['x-amz-target']) };
      const answer = await fetch(cloud.url, { method: 'POST', headers: target, body });
      return { body: await answer.text() };
    };
    const context = { env: {}, get, fetchJwks, now: Date.now, aws: denied };
    const { findings, unseen } = await diagnose([functionCode], context);
    denied.close();
    expect(findings).toEqual([]);
    expect(unseen[0]?.reason).toContain('one: not authorized to perform: lambda:GetFunction');
  });
});
