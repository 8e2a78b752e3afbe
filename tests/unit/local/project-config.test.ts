import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadProjectConfig, preTokenOf } from '@cognito-supabase/local/project-config';
import { expect, onTestFinished, test } from 'vitest';

/** A project with a file of settings. Node keeps what it has imported, so each has a folder of its own. */
async function projectWith(text: string, name = 'cognito-supabase.config.ts'): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'config-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  await writeFile(path.join(dir, name), text);
  return dir;
}

test('a project without a file has no settings', async () => {
  expect(await loadProjectConfig(tmpdir())).toEqual({});
});

test.each(['ts', 'mts', 'js', 'mjs'])('a file that ends in .%s is read', async (ending) => {
  const dir = await projectWith(
    'export default { port: 5000 };',
    `cognito-supabase.config.${ending}`,
  );
  expect(await loadProjectConfig(dir)).toEqual({ port: 5000 });
});

test('a fault of supabase/config.toml is named by line and column', async () => {
  const dir = await projectWith('export default { port: 5000 };');
  await mkdir(path.join(dir, 'supabase'));
  await writeFile(path.join(dir, 'supabase/config.toml'), '[api]\nport = 1\n\nschemas = secret!\n');
  const error = await loadProjectConfig(dir).catch((cause: unknown) => cause);
  expect(error).toMatchObject({
    code: 'SETTING_INVALID',
    message: 'supabase/config.toml: line 4, column 11: invalid value',
  });
});

test.each([
  ['no default export', 'export const port = 1;', /has no default export/],
  ['an error of its own', 'throw new Error("broken");', /cannot be loaded: broken/],
  ['no TypeScript', 'export default {', /cannot be loaded/],
  ['an unknown name', 'export default { prot: 1 };', /prot/],
  ['a port that is none', 'export default { port: 70000 };', /port/],
  [
    'a short password',
    'export default { people: [{ email: "a@b.example", password: "short" }] };',
    /people\.0\.password: at least 12/,
  ],
  [
    'no address',
    'export default { people: [{ email: "ada", password: "Ada-engine-1843" }] };',
    /people\.0\.email/,
  ],
  [
    'a scope without a server',
    'export default { machines: [{ name: "x", scopes: ["read"] }] };',
    /machines\.0\.scopes\.0: RESOURCE-SERVER\/SCOPE/,
  ],
  ['a group of two words', 'export default { groups: ["two words"] };', /groups\.0/],
])('%s: named, with what to do', async (_, text, message) => {
  await expect(loadProjectConfig(await projectWith(text))).rejects.toMatchObject({
    code: 'SETTING_INVALID',
    message: expect.stringMatching(message),
    hint: 'correct the file, and start again',
  });
});

test('the trigger: the stack’s own, the kit’s with settings, or the project’s', async () => {
  const own = async (event: object) => event;
  expect(preTokenOf({})).toBeUndefined();
  expect(preTokenOf({ preToken: own })).toBe(own);
  const answer = await preTokenOf({ preToken: { appRoleGroups: ['editors'] } })?.({
    version: '2',
    triggerSource: 'TokenGeneration_Authentication',
    request: { groupConfiguration: { groupsToOverride: ['editors'] }, userAttributes: {} },
    response: {},
  });
  expect(answer).toMatchObject({
    response: {
      claimsAndScopeOverrideDetails: {
        accessTokenGeneration: {
          claimsToAddOrOverride: { role: 'authenticated', app_role: 'editors' },
        },
      },
    },
  });
});
