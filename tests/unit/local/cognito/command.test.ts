/** `npm run cognito`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../../local/cognito/command.ts';
import { makeFolder, PASSWORD, post } from './support.ts';
import { Visitor } from './visitor.ts';

const run = (...args: string[]) => {
  const child = spawn(process.execPath, ['local/cognito/main.ts', ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  const exit = once(child, 'close').then(([code]) => code as number);
  return { child, exit, output: () => output };
};

test('starts a pool, and keeps its users for the next start', async () => {
  const dir = await makeFolder();
  const input = { ClientId: 'mobile', Username: 'ann@example.com', Password: PASSWORD };
  for (const type of [undefined, 'UsernameExistsException']) {
    const { child, exit, output } = run('--dir', dir, '--port', '0', '--client', 'mobile');
    await once(child.stdout, 'data');
    const endpoint = /endpoint +(\S+)/.exec(output())?.[1] ?? '';
    const answer = (await (await post({ endpoint }, 'SignUp', input)).json()) as object;
    expect((answer as { __type?: string }).__type).toBe(type);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  }
});

test('has HTTPS and a stand-in for Google, if it is told to', async () => {
  const dir = await makeFolder();
  const callback = 'http://localhost:3000/';
  for (const _ of ['first start', 'second start']) {
    const options = ['--https', '0', '--google', '--origin', 'http://localhost:3000'];
    const { child, exit, output } = run('--dir', dir, '--port', '0', ...options);
    await once(child.stdout, 'data');
    expect(output()).toMatch(/domain +localhost:\d+ \(HTTPS\)/);
    const endpoint = /endpoint +(\S+)/.exec(output())?.[1] ?? '';
    const google = /Google +(\S+), a stand-in/.exec(output())?.[1] ?? '';
    const query = `client_id=localclient&response_type=code&redirect_uri=${callback}`;
    const page = await new Visitor(endpoint, google).open(
      `/oauth2/authorize?${query}&identity_provider=Google`,
    );
    expect(page.html).toContain('Sign in at Google');
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  }
});

test('on a port that is taken ends with the reason', async () => {
  const dir = await makeFolder();
  const first = run('--dir', dir, '--port', '0');
  await once(first.child.stdout, 'data');
  const port = /endpoint +\S+:(\d+)/.exec(first.output())?.[1] ?? '';
  const second = run('--dir', dir, '--port', port);
  expect(await second.exit).toBe(1);
  expect(second.output()).toMatch(/^error PORT_TAKEN: .*\n {2}→ /);
  first.child.kill('SIGINT');
  expect(await first.exit).toBe(0);
});

describe('options', () => {
  test('have defaults', () => {
    expect(parseCommand([])).toMatchObject({ port: 9229, region: 'local-1', allowedOrigins: [] });
    expect(parseCommand(['--help'])).toBeUndefined();
  });

  test.each([
    [['--pool', 'nounderscore']],
    [['--pool', 'a_b;c']],
    [['--client', 'a b']],
    [['--port', '65536']],
    [['--port', '-1']],
    [['--https', '65536']],
    [['--https', '0', '--cert', 'package.json']],
    [['--cert', 'package.json', '--key', 'package.json']],
    [['--https', '0', '--cert', 'package.json', '--key', 'package.json']],
    [['--https', '0', '--cert', 'missing.pem', '--key', 'missing.pem']],
    [['--origin', 'http://localhost:3000/']],
    [['--other']],
  ])('%j are refused', (args) => {
    expect(() => parseCommand(args)).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        hint: '`npm run cognito -- --help` lists the options',
      }),
    );
  });
});
