/** Tokens of strangers: nothing in them ends the command with a stack, or reaches the terminal raw. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainToken } from '../../../../cli/token/command.ts';
import { answerLines } from '../../../../cli/token/report.ts';
import { KitError } from '../../../../contract/errors.ts';
import { type StandInIssuer, startIssuer } from '../../../support/doctor-world.ts';

let pool: StandInIssuer;
beforeAll(async () => {
  pool = await startIssuer();
});
afterAll(() => pool.close());

const part = (json: string): string => Buffer.from(json).toString('base64url');
/** @param header, claims as JSON text */
const tokenOf = (header: string, claims: string, signature = 'AAAA'): string =>
  `${part(header)}.${part(claims)}.${signature}`;

const RIGHT_HEADER = '{"alg":"RS256","kid":"own"}';
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/u;

/** @returns what was printed, or the KitError's message. Any other error fails the test. */
async function explain(token: string, json: boolean): Promise<string> {
  const lines: string[] = [];
  try {
    const code = await explainToken(
      { issuer: pool.issuer, json },
      {
        ...{ input: Readable.from([token]), env: { COGNITO_CLIENT_IDS: 'app' } },
        print: (line) => void lines.push(line),
      },
    );
    expect(code).toBe(1);
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    return error.message;
  }
  const text = lines.join('\n');
  if (json) JSON.parse(text);
  return text;
}

/** Every claim that the command reads, and names that objects of JavaScript have already. */
const CLAIMS =
  'iss sub aud exp iat nbf auth_time token_use client_id role scope username cognito:groups'.split(
    ' ',
  );
const TRAPS = '__proto__ constructor toString valueOf toJSON then hasOwnProperty'.split(' ');

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('authenticated', 'access', 'id', 'app', '\u0000', '\ud800', '\u009b2J\u202e'),
);
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(-0, 1e308, -1e308, 2 ** 53 + 2, Math.floor(Date.now() / 1000) + 60),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    ...[number, text],
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...TRAPS, ...CLAIMS), text), tie('any'), { maxKeys: 4 }),
  ),
})).any;

/** JSON of an object, by hand: an object of JavaScript has no member __proto__. */
const objectOf = (names: readonly string[]) =>
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string()), value), { maxLength: 10 })
    .map((all) => all.map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`))
    .map((members) => `{${members.join(',')}}`);

describe('any claims and headers', () => {
  test('claims of every type', async () => {
    const claims = objectOf([...CLAIMS, ...CLAIMS, ...TRAPS]).map((json) =>
      // The issuer of the test, so that the keys are fetched and the signature is looked at.
      json.length % 2 === 0 && json !== '{}'
        ? `${json.slice(0, -1)},"iss":${JSON.stringify(pool.issuer)}}`
        : json,
    );
    await fc.assert(
      fc.asyncProperty(claims, fc.boolean(), async (json, asJson) => {
        const printed = await explain(tokenOf(RIGHT_HEADER, json), asJson);
        expect(printed.replaceAll('\n', '')).not.toMatch(UNSEEN);
      }),
      { numRuns: 300 },
    );
  });

  test('headers of every type', async () => {
    const names = ['alg', 'kid', 'crit', 'b64', 'jwk', 'jku', 'x5c', 'typ', 'enc', 'zip'];
    const header = objectOf([...names, ...TRAPS]).map((json) =>
      json.length % 2 === 0 && json !== '{}' ? `${json.slice(0, -1)},"alg":"RS256"}` : json,
    );
    const claims = JSON.stringify({ iss: pool.issuer, exp: 2e9, role: 'authenticated' });
    await fc.assert(
      fc.asyncProperty(header, async (json) => {
        const printed = await explain(tokenOf(json, claims), false);
        expect(printed.replaceAll('\n', '')).not.toMatch(UNSEEN);
      }),
      { numRuns: 200 },
    );
  });

  test('three parts of any text', async () => {
    const any = fc.oneof(fc.base64String(), fc.string(), fc.json()).map((one) => part(one));
    await fc.assert(
      fc.asyncProperty(any, any, any, async (...parts) => {
        await explain(parts.join('.'), false);
      }),
      { numRuns: 100 },
    );
  });
});

describe('cases that ended with a stack', () => {
  test.each([
    ['{"toString":1,"valueOf":1}'],
    ['["authenticated"]'],
    ['null'],
    ['true'],
    ['{"toJSON":{"toString":1}}'],
  ])('role %s is shown as JSON, and refused', async (role) => {
    const printed = await explain(tokenOf(RIGHT_HEADER, `{"role":${role}}`), false);
    expect(printed).toContain(`✗ role            ${role}, and people may only be authenticated`);
  });

  test.each([
    ['claims, arrays', RIGHT_HEADER, `{"role":${'['.repeat(15_000)}${']'.repeat(15_000)}}`],
    ['claims, objects', RIGHT_HEADER, `{"a":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`],
    ['header', `{"alg":${'['.repeat(15_000)}${']'.repeat(15_000)}}`, '{}'],
  ])('nested deeply: %s', async (_name, header, claims) => {
    expect(await explain(tokenOf(header, claims), false)).toMatch(/nested more deeply/);
  });

  test('brackets in a text are no levels', async () => {
    const claims = JSON.stringify({ username: `\\"${'[{'.repeat(500)}` });
    expect(await explain(tokenOf(RIGHT_HEADER, claims), false)).toContain('[{[{');
  });

  test('an algorithm in a list is not that algorithm', async () => {
    const printed = await explain(tokenOf('{"alg":["RS256"]}', '{}'), false);
    expect(printed).toContain('the algorithm is ["RS256"], and only RS256 is accepted');
  });

  test('claims keep their digits', async () => {
    const claims = '{"workspace":9007199254740993,"share":1.10,"huge":1e400}';
    for (const json of [false, true])
      expect(await explain(tokenOf(RIGHT_HEADER, claims), json)).toMatch(
        /9007199254740993[\s\S]*1\.10[\s\S]*1e400/,
      );
  });

  test('keys that are no keys leave the signature open', async () => {
    pool.server.respond = () => ({ body: { keys: [1, null] } });
    const claims = JSON.stringify({ iss: pool.issuer });
    const printed = await explain(tokenOf(RIGHT_HEADER, claims), false);
    expect(printed).toMatch(/\? signature +the keys of the issuer cannot be read/);
    pool.server.respond = pool.right;
  });
});

test('a table of rows has no control characters', () => {
  const rows = [{ '\u202ename\u001b': 'a\u202eb\u009b2J\u001b]0;x\u0007\u2028' }];
  const printed = answerLines(rows).join('\n');
  expect(printed).toContain('\\u{202e}');
  expect(printed.replaceAll('\n', '')).not.toMatch(UNSEEN);
});

test('a long text is shown whole, also of characters of two units', async () => {
  const claims = JSON.stringify({ username: '👍'.repeat(400) });
  expect(await explain(tokenOf(RIGHT_HEADER, claims), false)).toContain('👍'.repeat(400));
});
