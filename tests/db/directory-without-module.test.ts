/** A sync into a database that does not have module directory. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStaging } from '../../cli/directory/staging.ts';
import { stackEnv } from '../support/stack.ts';

const NAME = 'without_directory';
const env = stackEnv();
const url = new URL(env.SUPABASE_DB_URL);
url.pathname = `/${NAME}`;

async function inDatabase(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: env.SUPABASE_DB_URL });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

beforeAll(() => inDatabase(`create database ${NAME}`));
afterAll(() => inDatabase(`drop database if exists ${NAME} with (force)`));

test('the hint names the command that adds it', async () => {
  const pool = { userPoolId: 'local_Pool', region: 'local', endpoint: undefined };
  const staging = await openStaging({ databaseUrl: url.href, pool }, false);
  try {
    await expect(staging.begin()).rejects.toMatchObject({
      code: 'DATABASE_FAILED',
      message: 'the database refused: schema "cognito" does not exist',
      hint: expect.stringContaining('npx cognito-supabase init --with directory'),
    });
  } finally {
    await staging.close();
  }
});
