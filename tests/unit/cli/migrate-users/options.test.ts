import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { migrateUsersCommand } from '../../../../cli/migrate-users/command.ts';
import { csvText } from '../../../../cli/migrate-users/csv.ts';
import { filesOf, readOptions } from '../../../../cli/migrate-users/options.ts';
import { readSettings } from '../../../../cli/migrate-users/settings.ts';

test('CSV has no formulas, and any reader gets the same fields', () => {
  const rows = [
    ['id', 'address'],
    ['1', 'a,b "c"\nd'],
    ['2', '=HYPERLINK("x")'],
    ['3', '+49151'],
    ['4', '@sum'],
    ['5', '-1'],
    ['6', '\t=1'],
    ['7', 'ada+x@example.com'],
  ];
  const read: string[][] = parse(csvText(rows));
  expect(read.map(([, field]) => field)).toEqual([
    ...['address', 'a,b "c"\nd', `'=HYPERLINK("x")`, "'+49151", "'@sum", "'-1", "'\t=1"],
    'ada+x@example.com',
  ]);
});

describe('options and settings', () => {
  test.each(['0', '-1', '1001', 'fast', '1e2'])('--rate %s is refused', (rate) => {
    expect(() => readOptions({ rate })).toThrow(/--rate needs/);
  });

  test('files are per move, and outside the project', () => {
    const options = readOptions({ rate: '12.5', map: 'ids.csv' });
    const [one, other] = ['a to b', 'a to c'].map((move) => filesOf(options, 'to-cognito', move));
    expect(one?.state).not.toBe(other?.state);
    expect(one?.map).toBe(path.resolve('ids.csv'));
    expect(path.relative(process.cwd(), one?.report ?? '')).toMatch(/^\.\./);
  });

  const pool = { COGNITO_USER_POOL_ID: 'eu-central-1_AbC' };
  const own = { SUPABASE_URL: 'https://new.supabase.co', SUPABASE_SECRET_KEY: 'sb_secret_1' };
  const old = {
    OLD_SUPABASE_URL: 'https://old.supabase.co',
    OLD_SUPABASE_SECRET_KEY: 'sb_secret_2',
  };
  const read = (direction: 'to-cognito' | 'to-supabase', env: Record<string, string>) =>
    readSettings(direction, readOptions({ rate: '20', dir: '/nowhere' }), env);

  test('old accounts may be in another project, but only in one direction', async () => {
    const there = await read('to-cognito', { ...pool, ...own, ...old });
    expect([there.auth.url, there.data.url]).toEqual([old.OLD_SUPABASE_URL, own.SUPABASE_URL]);
    const back = await read('to-supabase', { ...pool, ...own, ...old });
    expect(back.auth.url).toBe(own.SUPABASE_URL);
  });

  test.each([
    ['no key', { ...pool, SUPABASE_URL: own.SUPABASE_URL }, 'SETTING_MISSING'],
    ['no project, and no stack', pool, 'SETTING_MISSING'],
    ['no pool', own, 'SETTING_MISSING'],
    [
      'a key over http',
      { ...pool, ...own, SUPABASE_URL: 'http://new.supabase.co' },
      'SETTING_INVALID',
    ],
    ['no URL', { ...pool, ...own, SUPABASE_URL: 'new' }, 'SETTING_INVALID'],
  ])('%s: refused', async (_, env, code) => {
    const error = await read('to-cognito', env).catch((caught) => caught);
    expect(error).toMatchObject({ code });
    expect(`${error.message} ${error.hint}`).not.toContain('sb_secret_1');
  });

  test('help has examples and no option for a key', () => {
    for (const command of migrateUsersCommand().commands) {
      let help = '';
      command
        .configureOutput({
          writeOut: (text) => {
            help += text;
          },
        })
        .outputHelp();
      expect(help).toMatch(
        new RegExp(`npx cognito-supabase migrate-users ${command.name()} --dry-run`),
      );
      expect(command.options.map(({ long }) => long).join(' ')).not.toMatch(/key|secret|token/);
    }
  });
});
