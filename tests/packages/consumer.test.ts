/** An app with all packages but the command line, with its own TypeScript. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StrangersProject } from './strangers-project.ts';

const CODE = `
import { createCognitoSupabase, type AuthAdapter } from '@cognito-supabase/client';
import { amplifyAuth } from '@cognito-supabase/client/amplify';
import { SignInForm } from '@cognito-supabase/client/amplify/react';
import { machineAuth } from '@cognito-supabase/client/machine';
import { ActionForm, browserKit, SignInForm as NextSignInForm } from '@cognito-supabase/client/nextjs';
import { serverClient } from '@cognito-supabase/client/nextjs/server';
import { oidcAuth } from '@cognito-supabase/client/oidc';
import { CognitoSupabaseProvider, useSession, useSupabase } from '@cognito-supabase/client/react';
import { serverAuth, tokensOfRequest } from '@cognito-supabase/client/server';
import { viteKit } from '@cognito-supabase/client/vite';
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
const credentials = { tokenEndpoint: 'https://x.example/oauth2/token', clientId: 'a', clientSecret: 'b' };
export const adapters: AuthAdapter[] = [amplifyAuth(), machineAuth(credentials)];
export const kits = [viteKit<Database>({}), browserKit<Database>(), serverClient<Database>(new Headers())];
export const forms = [SignInForm, NextSignInForm, ActionForm];
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

let project: StrangersProject;
beforeAll(async () => {
  project = await StrangersProject.make({
    packages: ['client', 'functions', 'infra'],
    others: ['@types/node', '@types/react', 'typescript'],
  });
  await write('package.json', '{"type":"module"}');
  await write('app.ts', CODE);
});
afterAll(() => project.remove());

const write = (file: string, text: string) => writeFile(path.join(project.dir, file), text);

test.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])('type-checks strictly with module %s and resolution %s', async (module, moduleResolution) => {
  const compilerOptions = {
    ...{ module, moduleResolution, target: 'es2022', lib: ['es2023', 'dom'], types: ['node'] },
    ...{ strict: true, noEmit: true, skipLibCheck: true, exactOptionalPropertyTypes: true },
  };
  await write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['app.ts'] }));
  expect((await project.typeCheck()).stdout).toBe('');
});

test('a CDK app in plain JavaScript has a pool with its trigger, and needs no bundler', async () => {
  await write(
    'cdk.mjs',
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
  const { stdout } = await project.node(['cdk.mjs'], { CDK_VALIDATION: 'false' });
  expect(stdout).toBe('1 5 4\n');
});

test('runs, and a handler of it gives tokens their role', async () => {
  await write(
    'run.mjs',
    `import { createPreTokenHandler } from '@cognito-supabase/lambda';
import '@cognito-supabase/lambda/auth';
import '@cognito-supabase/lambda/triggers';
import { createCognitoSupabase } from '@cognito-supabase/client';
import '@cognito-supabase/client/oidc';
import '@cognito-supabase/client/machine';
import '@cognito-supabase/client/nextjs/server';
import '@cognito-supabase/client/server';
import '@cognito-supabase/client/react';
const event = { version: '2', triggerSource: 'TokenGeneration_Authentication', callerContext: {},
  request: { userAttributes: {}, groupConfiguration: {} }, response: {} };
const { response } = await createPreTokenHandler()(event);
console.log(response.claimsAndScopeOverrideDetails.accessTokenGeneration.claimsToAddOrOverride.role, typeof createCognitoSupabase);`,
  );
  const { stdout } = await project.node(['run.mjs']);
  expect(stdout).toBe('authenticated function\n');
});
