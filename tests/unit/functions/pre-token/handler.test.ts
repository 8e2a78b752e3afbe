import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { claimsOf, golden } from './golden.ts';

const consoleWarn = vi.spyOn(console, 'warn').mockImplementation(() => {});

/** The handler after a cold start. */
const coldStart = async (env: Record<string, string> = {}) => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  return (await import('@cognito-supabase/lambda/pre-token/handler')).handler;
};

beforeEach(() => {
  vi.resetModules();
  consoleWarn.mockClear();
});
afterEach(() => vi.unstubAllEnvs());

it('reads its settings from the environment, at cold start', async () => {
  const handler = await coldStart({ APP_ROLE_GROUPS: 'admins', EMAIL_CLAIM: 'true' });
  vi.unstubAllEnvs();
  const result = await handler(golden('v2-authentication'));
  expect(claimsOf(result, 'access')).toEqual({
    role: 'authenticated',
    app_role: 'admins',
    email: 'jane.doe@example.com',
  });
  expect(consoleWarn).not.toHaveBeenCalled();
});

it('starts with unusable settings, and names them', async () => {
  const handler = await coldStart({ EMAIL_CLAIM: 'yes', MACHINE_CLAIMS: '{' });
  expect(consoleWarn.mock.calls).toEqual([
    ['EMAIL_CLAIM takes true/false'],
    ['MACHINE_CLAIMS takes a JSON object'],
  ]);
  const result = await handler(golden('v2-authentication'));
  expect(claimsOf(result, 'access')).toEqual({ role: 'authenticated' });
});

it('logs an event that it cannot read, in one line, and resolves to it', async () => {
  const handler = await coldStart();
  const event = { ...golden('v2-authentication'), version: '4' };
  expect(await handler(event)).toEqual(event);
  expect(consoleWarn.mock.calls).toEqual([['cannot read TokenGeneration_Authentication 4']]);
});

it('logs to the current console.warn', async () => {
  const handler = await coldStart();
  const later: unknown[] = [];
  const before = console.warn;
  console.warn = (line) => later.push(line);
  await handler(null as never).finally(() => {
    console.warn = before;
  });
  expect(later).toEqual(['cannot read null']);
});

it('answers each event by itself', async () => {
  const handler = await coldStart({ APP_ROLE_GROUPS: 'admins' });
  const names = ['v2-authentication', 'v1-refresh-tokens', 'v3-client-credentials'];
  const [first, second, third] = await Promise.all(names.map((name) => handler(golden(name))));
  expect(claimsOf(first, 'access')).toEqual({ role: 'authenticated', app_role: 'admins' });
  expect(claimsOf(second, 'id')).toEqual({ role: 'authenticated' });
  expect(third).toEqual(golden('v3-client-credentials'));
});
