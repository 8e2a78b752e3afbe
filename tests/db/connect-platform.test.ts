/** `connect` where the platform is not as it expects: its settings, extensions, wrapper and keys. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { disconnect } from '../../cli/connect/run.ts';
import { useNewProjects } from '../support/hosted-hooks.ts';
import { HostedWorld } from '../support/hosted-world.ts';

let world: HostedWorld;

beforeAll(async () => {
  world = await HostedWorld.start();
});
afterAll(() => world?.stop());
useNewProjects(() => world);

test('a pre-request function of the project stays, and is asked to call the one of the kit', async () => {
  expect(await world.connect()).toBe(true);
  const mine = (body: string) =>
    world.inDatabase((client) =>
      client.query(`
        create or replace function public.mine() returns void language plpgsql as $$ begin ${body} end $$;
        alter role authenticator set pgrst.db_pre_request = 'public.mine'`),
    );
  for (const [body, line] of [
    ['', /– pre-request function +.*add "perform cognito_supabase\.check_request\(\);" to it/],
    ['perform cognito_supabase.check_request();', /✓ pre-request function +public\.mine/],
  ] as const) {
    await mine(body);
    world.printed.length = 0;
    expect(await world.connect()).toBe(true);
    expect(world.printed.join('\n')).toMatch(line);
  }
});

test('a platform that refuses the setting of a pre-request function: it is left out', async () => {
  expect(await world.connect()).toBe(true);
  await world.admin('alter role authenticator reset pgrst.db_pre_request');
  await world.inDatabase((client) =>
    client.query('alter role authenticator reset pgrst.db_pre_request'),
  );
  await world.admin('revoke set on parameter pgrst.db_pre_request from postgres');
  try {
    expect(await world.connect()).toBe(true);
    expect(world.printed.join('\n')).toContain(
      '16 of 19 steps to the first row were done here, 1 left out',
    );
  } finally {
    await world.admin('grant set on parameter pgrst.db_pre_request to postgres');
  }
  expect(await world.connect()).toBe(true);
  await world.expectConnected();
});

/** Of the wrapper, as AWS says it of a key that is some seconds old. */
const UNKNOWN_KEY =
  'Failed to run sql query: ERROR:  HV000: service error: UnrecognizedClientException: The security token included in the request is invalid.';

function refuseToRead(times: number): void {
  let left = times;
  world.api.before = ({ body }) => {
    if (left === 0 || !/^\s*select r\.complete/.test(body.query ?? '')) return undefined;
    left -= 1;
    return { status: 400, message: UNKNOWN_KEY };
  };
}

test('an access key that AWS does not know yet: it waits', async () => {
  refuseToRead(3);
  expect(await world.connect()).toBe(true);
  expect(world.waits).toHaveLength(3);
  await world.expectConnected();
});

test('an access key that AWS never knows: it gives up, and the next run continues', async () => {
  refuseToRead(Number.POSITIVE_INFINITY);
  await expect(world.connect()).rejects.toMatchObject({
    code: 'DATABASE_FAILED',
    message: expect.stringContaining('security token'),
  });
  refuseToRead(0);
  world.printed.length = 0;
  expect(await world.connect()).toBe(true);
  expect(world.changes().join('\n')).not.toMatch(/access key/);
  await world.expectConnected();
});

test('a server with the options of Wrappers follows Vault, and is given back', async () => {
  expect(await world.connect()).toBe(true);
  // Without it, the stand-in of the wrapper keeps the options as they are, and reads nothing.
  await world.admin('alter event trigger cognito_fdw_translate disable', world.database);
  const optionsNow = () =>
    world.inDatabase(async (client) => {
      const { rows } = await client.query<{ option: string }>(
        "select unnest(srvoptions) as option from pg_foreign_server where srvname = 'cognito_server'",
      );
      return Object.fromEntries(rows.map(({ option }) => option.split(/=(.*)/s).slice(0, 2)));
    });
  const usersLine = (): string | undefined =>
    world.printed.find((line) => line.includes('cognito.users'));
  await world.inDatabase((client) => client.query('drop server cognito_server cascade'));
  expect(await world.connect()).toBe(true);
  const { UserPoolId, Region } = world.outputs();
  const connected = await optionsNow();
  expect(connected).toEqual({
    aws_access_key_id: [...world.aws.keys.keys()][0],
    api_key_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    ...{ region: Region, user_pool_id: UserPoolId, endpoint_url: world.pool.url },
  });
  world.printed.length = 0;
  expect(await world.connect()).toBe(true);
  expect(usersLine()).toMatch(/✓/);

  for (const option of ['region', 'user_pool_id', 'aws_access_key_id', 'endpoint_url']) {
    await world.inDatabase((client) =>
      client.query(`alter server cognito_server options (set ${option} 'another')`),
    );
    world.printed.length = 0;
    expect(await world.connect(), option).toBe(true);
    expect(usersLine(), option).toMatch(/→/);
    expect(await optionsNow()).toEqual(connected);
  }
  expect(await disconnect(...world.run())).toBe(true);
  expect(Object.values(await optionsNow())).toEqual(
    expect.arrayContaining(['not-connected', '00000000-0000-0000-0000-000000000000']),
  );
  expect(await optionsNow()).not.toHaveProperty('endpoint_url');
});

test('a database without pg_cron: schedules are left out, and set when it is there', async () => {
  await world.withoutPgCron(async () => {
    expect(await world.connect()).toBe(true);
    expect(world.printed.join('\n')).toMatch(
      / – extensions .*pg_cron: not available.* – schedules +no pg_cron/s,
    );
    expect(world.printed.join('\n')).toContain(', 2 left out');
  });
  expect(await world.connect()).toBe(true);
  await world.expectConnected();
});
