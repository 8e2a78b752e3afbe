/** The verifier alone: what is kept of a password, and what proves it. */
import { getDiffieHellman } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  beginExchange,
  makeVerifier,
  provesPassword,
} from '../../../../local/cognito/core/sign-in/srp.ts';
import {
  checkPolicy,
  fitsPassword,
  makeTemporaryPassword,
  sealPassword,
} from '../../../../local/cognito/core/users/passwords.ts';

const ANN = { poolName: 'Pool', username: 'ann' };
const POLICY = {
  MinimumLength: 12,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
};

describe('a kept password', () => {
  test('is not in the string that is kept, and fits only itself and its user', () => {
    const sealed = sealPassword(ANN, 'Correct-horse-42');
    expect(sealed).not.toContain('horse');
    expect(sealed).not.toBe(sealPassword(ANN, 'Correct-horse-42'));
    expect(fitsPassword(sealed, ANN, 'Correct-horse-42')).toBe(true);
    expect(fitsPassword(sealed, ANN, 'correct-horse-42')).toBe(false);
    expect(fitsPassword(sealed, { ...ANN, username: 'bob' }, 'Correct-horse-42')).toBe(false);
  });

  test('that is no seal fits nothing', () => {
    for (const kept of ['', 'Correct-horse-42', 'srp::', 'srp:a'])
      expect(fitsPassword(kept, ANN, 'Correct-horse-42')).toBe(false);
  });

  test('survives being kept, whatever digits its numbers begin with', () => {
    for (let round = 0; round < 40; round += 1)
      expect(fitsPassword(sealPassword(ANN, 'x'), ANN, 'x')).toBe(true);
  });
});

describe('an exchange', () => {
  test('does not begin with a number that is 0 modulo the prime', () => {
    const prime = getDiffieHellman('modp15').getPrime('hex');
    const verifier = makeVerifier(ANN, 'x');
    expect(beginExchange(prime, verifier)).toBeUndefined();
    expect(beginExchange('00', verifier)).toBeUndefined();
    expect(beginExchange('02', verifier)).toBeDefined();
  });

  test('refuses a signature of another length', () => {
    const exchange = beginExchange('02', makeVerifier(ANN, 'x'));
    if (exchange === undefined) throw new TypeError('unreachable');
    for (const signature of ['', 'AAAA', Buffer.alloc(64).toString('base64')])
      expect(provesPassword(exchange, ANN, { timestamp: '', signature })).toBe(false);
  });
});

describe('the policy', () => {
  test('takes any of its symbols, and a space inside', () => {
    for (const symbol of '^$*.[]{}()?"!@#%&/\\,><\':;|_~`=+-')
      expect(() => checkPolicy(`Correcthorse42${symbol}`, POLICY)).not.toThrow();
    expect(() => checkPolicy('Correct horse 42', POLICY)).not.toThrow();
    expect(() => checkPolicy(' Correcthorse42 ', POLICY)).toThrow('symbol');
  });

  test('takes no password of more than 256 characters', () => {
    expect(() => checkPolicy(`Aa1!${'x'.repeat(252)}`, POLICY)).not.toThrow();
    expect(() => checkPolicy(`Aa1!${'x'.repeat(253)}`, POLICY)).toThrow('256');
  });

  test('is met by temporary passwords', () => {
    for (let round = 0; round < 50; round += 1)
      expect(() => checkPolicy(makeTemporaryPassword(), POLICY)).not.toThrow();
  });
});
