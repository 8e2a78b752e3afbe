import { parseStatus } from '@cognito-supabase/local/docker/cli';
import { isOnAws, realPool } from '@cognito-supabase/local/docker/pool';
import { describe, expect, test } from 'vitest';

const AWS = {
  COGNITO_USER_POOL_ID: 'eu-west-1_AbCdEf123',
  COGNITO_REGION: 'eu-west-1',
  COGNITO_CLIENT_ID: '1h57kf5cpq17m0eml12EXAMPLE',
};

describe('which pool', () => {
  test('the three variables name a pool on AWS', () => {
    const pool = realPool(AWS);
    expect(pool).toEqual({
      ...AWS,
      COGNITO_ENDPOINT: 'https://cognito-idp.eu-west-1.amazonaws.com',
      COGNITO_ISSUER: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123',
    });
    expect(pool && isOnAws(pool)).toBe(true);
  });

  test('none of them, or those of a stack.env: the emulator', () => {
    expect(realPool({})).toBeUndefined();
    const own = { COGNITO_USER_POOL_ID: 'local-1_CognitoKit', COGNITO_REGION: 'local-1' };
    expect(realPool({ ...own, COGNITO_CLIENT_ID: 'x' })).toBeUndefined();
    expect(isOnAws({ COGNITO_ENDPOINT: 'http://127.0.0.1:54323' })).toBe(false);
  });

  test.each(Object.keys(AWS))('without %s it says so', (name) => {
    expect(() => realPool({ ...AWS, [name]: undefined })).toThrow(
      expect.objectContaining({ code: 'SETTING_MISSING', message: `${name} not set` }),
    );
  });

  test('a pool of another region, or no pool at all, is refused', () => {
    for (const pool of ['us-east-1_AbCdEf123', 'eu-west-1', 'eu-west-1_../x']) {
      expect(() => realPool({ ...AWS, COGNITO_USER_POOL_ID: pool })).toThrow(
        expect.objectContaining({ code: 'SETTING_INVALID' }),
      );
    }
  });
});

describe('the output of supabase status', () => {
  const full = {
    API_URL: 'http://127.0.0.1:54321',
    DB_URL: 'postgresql://postgres:postgres@127.0.0.1:54322/postgres',
    PUBLISHABLE_KEY: 'sb_publishable_x',
    SECRET_KEY: 'sb_secret_x',
    ANON_KEY: 'eyJ',
  };

  test('is read, also where other lines stand around it', () => {
    expect(parseStatus(`Not linked.\n${JSON.stringify(full, null, 2)}\nnew version\n`)).toEqual({
      apiUrl: full.API_URL,
      dbUrl: full.DB_URL,
      publishableKey: full.PUBLISHABLE_KEY,
      secretKey: full.SECRET_KEY,
    });
  });

  test.each(['API_URL', 'DB_URL', 'PUBLISHABLE_KEY', 'SECRET_KEY'])('%s must be there', (name) => {
    expect(() => parseStatus(JSON.stringify({ ...full, [name]: undefined }))).toThrow(
      expect.objectContaining({
        code: 'START_FAILED',
        message: expect.stringContaining(name),
      }),
    );
    expect(() => parseStatus('no JSON')).toThrow(/API_URL/);
  });
});
