/**
 * Somebody else's project: the packed packages in its node_modules, with its own TypeScript, and nothing of this
 * repository. Peers are linked instead of downloaded.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { extract } from 'tar';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pack } from '../../cli/release/pack.ts';
import { PACKAGES } from '../../cli/release/packages.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** What the packages and the code of the test need. */
const PEERS = [
  '@supabase/supabase-js',
  '@types/aws-lambda',
  '@types/node',
  '@types/react',
  'aws-amplify',
  'aws-cdk-lib',
  'constructs',
  'jose',
  'oidc-client-ts',
  'react',
  'typescript',
  'zod',
];

const CODE = `
import { createCognitoSupabase, type AuthAdapter } from '@cognito-supabase/client';
import { amplifyAuth } from '@cognito-supabase/client/amplify';
import { oidcAuth } from '@cognito-supabase/client/oidc';
import { CognitoSupabaseProvider, useSession, useSupabase } from '@cognito-supabase/client/react';
import { serverAuth, tokensOfRequest } from '@cognito-supabase/client/server';
import { chain, createPreTokenHandler } from '@cognito-supabase/lambda';
import { createAuth, type Caller } from '@cognito-supabase/lambda/auth';
import { postConfirmation } from '@cognito-supabase/lambda/triggers';
import { CognitoForSupabase, type CognitoForSupabaseProps } from '@cognito-supabase/cdk';

interface Database {
  public: {
    Tables: { notes: { Row: { id: string; body: string }; Insert: { body: string }; Update: {}; Relationships: [] } };
    Views: {};
    Functions: {};
  };
}
const kit = createCognitoSupabase<Database>({
  url: 'http://127.0.0.1:1',
  publishableKey: 'sb_publishable_x',
  auth: serverAuth(tokensOfRequest(new Request('http://x'))),
});
export const body = async (): Promise<string | undefined> =>
  (await kit.supabase.from('notes').select('body').limit(1)).data?.[0]?.body;
// @ts-expect-error there is no such table
kit.supabase.from('nothing');
// @ts-expect-error the claims of a person come only with a session
kit.session.getSnapshot().person;
export const adapters: AuthAdapter[] = [amplifyAuth()];
export const hooks = [CognitoSupabaseProvider, useSession, useSupabase, oidcAuth];
export const handler = chain(createPreTokenHandler({ extend: () => ({ tenant: 'acme' }) }));
export const auth = createAuth({ issuer: 'https://issuer.example', clientIds: ['web'] });
export type Who = Caller;
export const trigger = postConfirmation;
export const props: CognitoForSupabaseProps = { callbackUrls: [], logoutUrls: [], pool: { mfa: 'required' } };
// @ts-expect-error there is no such setting
export const wrong: CognitoForSupabaseProps = { callbackUrls: [], logoutUrls: [], pool: { mfa: 'maybe' } };
export const constructs = [CognitoForSupabase];
`;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'consumer-'));
  const modules = path.join(dir, 'node_modules');
  for (const one of PACKAGES) {
    const tarball = await pack(one, dir);
    const name = path
      .basename(tarball)
      .replace(/^cognito-supabase-([a-z]+)-.*$/, '@cognito-supabase/$1');
    await mkdir(path.join(modules, name), { recursive: true });
    await extract({ file: tarball, cwd: path.join(modules, name), strip: 1 });
  }
  for (const name of PEERS) {
    await mkdir(path.dirname(path.join(modules, name)), { recursive: true });
    await symlink(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  }
  await writeFile(path.join(dir, 'package.json'), '{"type":"module"}');
  await writeFile(path.join(dir, 'app.ts'), CODE);
});
afterAll(() => rm(dir, { recursive: true }));

test.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])('type-checks strictly with module %s and resolution %s', async (module, moduleResolution) => {
  const compilerOptions = {
    ...{ module, moduleResolution, target: 'es2022', lib: ['es2023', 'dom'], types: ['node'] },
    ...{ strict: true, noEmit: true, skipLibCheck: true, exactOptionalPropertyTypes: true },
  };
  await writeFile(
    path.join(dir, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['app.ts'] }),
  );
  const tsc = path.join(dir, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', dir]).catch((error) => error);
  expect(stdout).toBe('');
});

test('a CDK app in plain JavaScript has a pool with its trigger, and needs no bundler', async () => {
  await writeFile(
    path.join(dir, 'cdk.mjs'),
    `import { App, Stack } from 'aws-cdk-lib';
import { ApiFunctions, CognitoForSupabase, HttpApi, readRoutes } from '@cognito-supabase/cdk';
const app = new App();
const stack = new Stack(app, 'mine');
const urls = { callbackUrls: ['https://a.example.com/'], logoutUrls: ['https://a.example.com/'] };
const { pool, client, issuer } = new CognitoForSupabase(stack, 'Users', urls);
const routes = readRoutes();
const clientIds = [client.userPoolClientId];
const supabase = { url: 'https://ref.supabase.co', publishableKey: 'sb_publishable_x' };
const { lambdas } = new ApiFunctions(stack, 'Functions', { pool, issuer, clientIds, routes, supabase });
new HttpApi(stack, 'Api', { issuer, clientIds, routes, lambdas, corsOrigins: [] });
const { template } = app.synth().getStackByName('mine');
const count = (type) => Object.values(template.Resources).filter(({ Type }) => Type === type).length;
console.log(count('AWS::Cognito::UserPool'), count('AWS::Lambda::Function'), count('AWS::ApiGatewayV2::Route'));`,
  );
  const { stdout } = await run(process.execPath, [path.join(dir, 'cdk.mjs')], {
    env: { ...process.env, CDK_VALIDATION: 'false' },
    cwd: dir,
  });
  expect(stdout).toBe('1 5 4\n');
});

test('runs, and a handler of it gives tokens their role', async () => {
  await writeFile(
    path.join(dir, 'run.mjs'),
    `import { createPreTokenHandler } from '@cognito-supabase/lambda';
import '@cognito-supabase/lambda/auth';
import '@cognito-supabase/lambda/triggers';
import { createCognitoSupabase } from '@cognito-supabase/client';
import '@cognito-supabase/client/oidc';
import '@cognito-supabase/client/server';
import '@cognito-supabase/client/react';
const event = { version: '2', triggerSource: 'TokenGeneration_Authentication', callerContext: {},
  request: { userAttributes: {}, groupConfiguration: {} }, response: {} };
const { response } = await createPreTokenHandler()(event);
console.log(response.claimsAndScopeOverrideDetails.accessTokenGeneration.claimsToAddOrOverride.role, typeof createCognitoSupabase);`,
  );
  const { stdout } = await run(process.execPath, [path.join(dir, 'run.mjs')]);
  expect(stdout).toBe('authenticated function\n');
});
