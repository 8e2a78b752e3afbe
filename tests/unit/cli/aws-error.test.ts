/** Missing credentials, as the real SDK reports them, before anything is sent. */
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeBudget } from '../../../cli/directory/budget.ts';
import { openPool } from '../../../cli/directory/pool.ts';
import { awsError } from '../../../cli/trigger/aws-error.ts';

const NONE = path.join(tmpdir(), 'no-such-folder', 'file');

/** A request of `directory sync`, to AWS itself. */
async function failure(): Promise<unknown> {
  const pool = openPool(
    { userPoolId: 'eu-central-1_AbCdEfGhI', region: 'eu-central-1', endpoint: undefined },
    {
      budget: makeBudget(100),
      options: { attempts: 2, baseMs: 1, capMs: 1 },
      signal: new AbortController().signal,
      onRetry: () => {},
    },
  );
  try {
    return await pool.estimate().catch((error: unknown) => error);
  } finally {
    pool.close();
  }
}

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_CONFIG_FILE', NONE);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', NONE);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('without credentials', () => {
  test('the hint names AWS_PROFILE', async () => {
    expect(await failure()).toMatchObject({
      code: 'CREDENTIALS_MISSING',
      message: 'there are no AWS credentials',
      hint: expect.stringContaining('or set AWS_PROFILE'),
    });
  });

  test('the message names the profile that AWS_PROFILE has, and it is no other', async () => {
    vi.stubEnv('AWS_PROFILE', 'my-\u001b[2Jprofile');
    const error = await failure();
    expect(error).toMatchObject({
      code: 'CREDENTIALS_MISSING',
      message: expect.stringContaining('of profile my-\\u{1b}[2Jprofile'),
      hint: expect.stringContaining('aws configure list-profiles'),
    });
    expect((error as { hint: string }).hint).not.toContain('set AWS_PROFILE');
  });

  test.each(['ExpiredTokenException', 'UnrecognizedClientException'])('%s', (name) => {
    const refused = Object.assign(new Error('no longer'), { name, $metadata: {} });
    expect(awsError(refused, 'eu-central-1')).toMatchObject({
      code: 'CREDENTIALS_MISSING',
      message: `AWS does not accept the credentials (${name}: no longer)`,
    });
  });
});
