/** Which certificates a URL of a database asks for. */

import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { certificateHint, forSupabaseCli, isHosted, secureUrl } from '../../../cli/secure-url.ts';

const tlsOf = (url: string): Record<string, string> =>
  Object.fromEntries(new URL(secureUrl(url)).searchParams);

const ROOTS = expect.stringMatching(/supabase-roots\.crt$/);

describe('a hosted database', () => {
  test.each([
    'postgresql://postgres@db.abcdefghijklmnopqrst.supabase.co:5432/postgres',
    'postgresql://postgres.abcdefghijklmnopqrst@aws-0-eu-central-1.pooler.supabase.com:5432/postgres',
    'postgres://postgres@db.abcdefghijklmnopqrst.supabase.co/postgres?sslmode=require',
    'postgres://postgres@db.abcdefghijklmnopqrst.supabase.co/postgres?sslmode=prefer',
    'postgres://postgres@db.abcdefghijklmnopqrst.supabase.co/postgres?sslmode=verify-ca',
  ])('needs a certificate of Supabase: %s', (url) => {
    expect(isHosted(url)).toBe(true);
    expect(tlsOf(url)).toEqual({ sslmode: 'verify-full', sslrootcert: ROOTS });
  });

  test('or of the file that its URL names, in full, because the Supabase CLI changes its folder', () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'roots-'));
    const file = path.join(dir, 'own.crt');
    writeFileSync(file, '');
    const written = encodeURIComponent(path.relative(process.cwd(), file));
    const url = `postgres://postgres@db.x.supabase.co/postgres?sslrootcert=${written}&options=-c%20a%3Db`;
    expect(tlsOf(url)).toEqual({
      ...{ sslmode: 'verify-full', sslrootcert: file, options: '-c a=b' },
    });
    rmSync(dir, { recursive: true });
    expect(() => secureUrl(url)).toThrow(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        message: `${file} cannot be read (ENOENT)`,
      }),
    );
    // An empty one is none.
    expect(tlsOf('postgres://db.x.supabase.co/postgres?sslrootcert=')).toMatchObject({
      sslrootcert: ROOTS,
    });
  });

  test.each(['DB.X.SUPABASE.CO', 'db.x.supabase%2Eco', 'db.x.supabase.co.'])(
    'is one also as %s, because pg connects to it',
    (host) => {
      const url = `postgres://postgres@${host}/postgres`;
      expect(isHosted(url)).toBe(true);
      expect(tlsOf(url)).toEqual({ sslmode: 'verify-full', sslrootcert: ROOTS });
      expect(new URL(secureUrl(url)).hostname).toBe('db.x.supabase.co');
    },
  );

  test.each(['disable', 'no-verify'])('is not checked with sslmode=%s', (mode) => {
    const url = `postgres://postgres@db.x.supabase.co/postgres?sslmode=${mode}`;
    expect(secureUrl(url)).toBe(url);
  });

  test.each(['supabase.co.attacker.example', 'xsupabase.co', 'db.supabase.community'])(
    'is not at %s',
    (host) => {
      const url = `postgres://postgres@${host}/postgres`;
      expect(isHosted(url)).toBe(false);
      expect(tlsOf(url)).toEqual({ sslmode: 'verify-full' });
    },
  );
});

test('a database on this machine needs none, unless the URL asks for it', () => {
  for (const host of ['127.0.0.1:54322', 'localhost', '[::1]:5432'])
    expect(tlsOf(`postgresql://postgres:x@${host}/postgres`)).toEqual({});
  expect(tlsOf('postgresql:///postgres?host=/tmp')).toEqual({ host: '/tmp' });
  expect(tlsOf('postgresql://postgres@127.0.0.1/postgres?sslmode=require')).toEqual({
    sslmode: 'verify-full',
  });
});

describe('a URL that pg reads in another way is refused, and not shown', () => {
  test.each([
    ...['host=127.0.0.2', 'host=db.y.supabase.co', 'hostaddr=127.0.0.2', 'port=5433', 'user=other'],
    ...['password=sesame', 'p%61ssword=sesame', 'host=/tmp', 'host=', 'dbname=other'],
    ...['sslpassword=sesame', 'passfile=/tmp/p', 'service=other', 'ssl=0', 'ssl=false', 'sesame'],
    ...['uselibpqcompat=true', 'sslmode=disable&sslmode=require'],
  ])('?%s', (query) => {
    for (const host of ['localhost', 'db.x.supabase.co'])
      expect(() => secureUrl(`postgresql://postgres:sesame@${host}/postgres?${query}`)).toThrow(
        expect.objectContaining({
          code: 'SETTING_INVALID',
          message: expect.not.stringContaining('sesame'),
          hint: expect.not.stringContaining('sesame'),
        }),
      );
  });

  test.each([
    ['no server, so PGHOST decides', 'postgresql:///postgres'],
    ['no server, and one as a parameter', 'postgresql:///postgres?host=127.0.0.2&user=postgres'],
    ['two sockets', 'postgresql:///postgres?host=/tmp&host=db.y.supabase.co'],
    ['two servers', 'postgresql://postgres@db.x.supabase.co,db.y.supabase.co/postgres'],
    ['no server at all', 'postgresql:db.x.supabase.co'],
    ['a bare %', 'postgresql://postgres:100%sesame@localhost/postgres'],
    // pg would encode the whole URL again, and so send another password.
    ['a bare % behind', 'postgresql://postgres:se%2Fsame@localhost/postgres?application_name=5%'],
    ['bytes that are no text', 'postgresql://postgres:sesame%ff@localhost/postgres'],
    ['a bare # in the password', 'postgresql://postgres:1#sesame@localhost/postgres'],
  ])('%s', (_, url) => {
    expect(() => secureUrl(url)).toThrow(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        message: expect.not.stringContaining('sesame'),
      }),
    );
  });

  test('parameters that pg ignores in URLs of dashboards are left out', () => {
    const url = 'postgresql://postgres@localhost/postgres?pgbouncer=true&connection_limit=1';
    expect(secureUrl(url)).toBe('postgresql://postgres@localhost/postgres');
  });
});

test('the password stays as it is', () => {
  const url = 'postgresql://postgres:p%40s%2Fs%23w@db.x.supabase.co:5432/postgres';
  expect(new URL(secureUrl(url)).password).toBe('p%40s%2Fs%23w');
});

test.each(['', 'db.x.supabase.co', 'https://db.x.supabase.co', 'host=x user=y password=secret'])(
  'is an error that does not show it: %j',
  (text) => {
    expect(() => secureUrl(text)).toThrow('the URL of the database is not one of Postgres');
  },
);

test('the Supabase CLI gets a mode that it knows', () => {
  expect(forSupabaseCli('postgres://x/y?a=b&sslmode=no-verify')).toBe(
    'postgres://x/y?a=b&sslmode=require',
  );
  const url = secureUrl('postgres://db.x.supabase.co/y');
  expect(forSupabaseCli(url)).toBe(url);
});

test('the roots are the ones of Supabase, and still valid for a year', () => {
  const url = secureUrl('postgres://postgres@db.x.supabase.co/postgres');
  const file = new URL(url).searchParams.get('sslrootcert') ?? '';
  const text = readFileSync(file, 'utf8');
  const roots = text.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  expect(roots).toHaveLength(2);
  for (const root of roots) {
    const { subject, validToDate, fingerprint256, ca } = new X509Certificate(root);
    expect(subject).toContain('CN=Supabase Root 2021 CA');
    expect(text).toContain(fingerprint256);
    expect(ca).toBe(true);
    expect(validToDate.getTime()).toBeGreaterThan(Date.now() + 365 * 24 * 60 * 60 * 1000);
  }
});

test('an error of TLS has a hint, and another error has none', () => {
  const error = (code: string, message = code) => Object.assign(new Error(message), { code });
  expect(certificateHint(error('SELF_SIGNED_CERT_IN_CHAIN'))).toContain('sslrootcert');
  expect(certificateHint(error('ERR_TLS_CERT_ALTNAME_INVALID'))).toContain('sslrootcert');
  const plain = error('', 'The server does not support SSL connections');
  expect(certificateHint(plain)).toContain('sslmode=disable');
  expect(certificateHint(error('ECONNREFUSED'))).toBeUndefined();
});
