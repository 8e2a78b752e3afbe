/** `disconnect` gives back what was there, and what it and a later `connect` leave to others. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { disconnect } from '../../cli/connect/run.ts';
import { differences } from '../support/catalogue.ts';
import { useNewProjects } from '../support/hosted-hooks.ts';
import { HostedWorld } from '../support/hosted-world.ts';

let world: HostedWorld;
const THEIRS = 'https://accounts.example.com';

beforeAll(async () => {
  world = await HostedWorld.start();
});
afterAll(() => world?.stop());
useNewProjects(() => world);

test.each([
  ['the Management API', {}],
  ['its URL', { dbUrl: true as const }],
])('gives back a new project, the database by %s', async (_, way) => {
  const before = await world.state(false);
  await world.connect(way);
  expect(await disconnect(...world.run({ ...way, dropModules: true, dryRun: true }))).toBe(true);
  await world.expectConnected();
  expect(await disconnect(...world.run({ ...way, dropModules: true }))).toBe(true);
  const after = await world.state(false);
  expect(differences(before.catalogue, after.catalogue)).toEqual([]);
  expect(after).toEqual(before);
  expect(await world.readEnvFile()).toBeUndefined();
  await expect(disconnect(...world.run(way))).rejects.toMatchObject({ code: 'RECORD_MISSING' });
  // And the project can be connected again, by the quicker way.
  expect(await world.connect()).toBe(true);
  await world.expectConnected();
});

test('gives back settings, secrets and app clients that were there, cut off after each change', async () => {
  await world.connect();
  await world.forgetConnection();
  const { project } = world.api;
  const [own] = project.thirdPartyAuth;
  project.thirdPartyAuth = [{ ...own, oidc_issuer_url: THEIRS }];
  project.auth.disable_signup = false;
  project.postgrest.db_schema = 'public,api';
  await world.writeEnvFile('VITE_COGNITO_CLIENT_ID=another\n');
  await world.inDatabase(async (client) => {
    await client.query(
      "select vault.update_secret(id, 'local-1_Other') from vault.secrets where name = 'cognito_user_pool_id'",
    );
    await client.query('select cognito.connect()');
    await client.query(
      `select cognito_supabase.set_trust('[{"issuer": "${THEIRS}", "client_id": "theirs"}]')`,
    );
    await client.query("select cron.unschedule('sweep-revocations')");
  });
  const before = await world.state();
  const envFile = await world.readEnvFile();
  expect(await world.connect()).toBe(true);
  expect(differences(before.catalogue, (await world.state()).catalogue)).not.toEqual([]);
  const runs = await world.untilDone(disconnect, {}, () => world.cutsAfterChange());
  expect(runs).toBeGreaterThan(6);
  world.api.after = () => undefined;
  const after = await world.state();
  expect(differences(before.catalogue, after.catalogue)).toEqual([]);
  expect(after).toEqual(before);
  expect(await world.readEnvFile()).toBe(envFile);
});

test('a pool that takes the place of another: the former one is no longer accepted', async () => {
  expect(await world.connect()).toBe(true);
  const outputs = world.outputs();
  const UserPoolId = 'local-1_Newer';
  const Issuer = `https://cognito-idp.local-1.amazonaws.com/${UserPoolId}`;
  const TrustedClients = JSON.stringify([{ issuer: Issuer, client_id: 'newer' }]);
  world.setOutputs({ ...outputs, UserPoolId, Issuer, TrustedClients });
  expect(await world.connect()).toBe(true);
  const { project } = world.api;
  expect(project.thirdPartyAuth).toMatchObject([{ oidc_issuer_url: Issuer }]);
  world.setOutputs(outputs);
  expect(await world.connect()).toBe(true);
  await world.expectConnected();
  // The stack is deleted first, and its user with it.
  world.aws.stacks.clear();
  world.aws.keys.clear();
  expect(await disconnect(...world.run())).toBe(true);
  expect(project.thirdPartyAuth).toEqual([]);
});

test('two keys of somebody else leave no room for one, and stay', async () => {
  world.aws.keys.set('AKIATHEIRS1', 'theirs-one').set('AKIATHEIRS2', 'theirs-two');
  await expect(world.connect()).rejects.toMatchObject({ code: 'KEY_LIMIT' });
  world.aws.keys.delete('AKIATHEIRS1');
  expect(await world.connect()).toBe(true);
  expect(await disconnect(...world.run())).toBe(true);
  expect([...world.aws.keys.keys()]).toEqual(['AKIATHEIRS2']);
});
