import { describe, expect, it } from 'vitest';
import { claimLines, judgeRole } from '../../../web/src/features/claims/claim-lines.ts';
import { checkText, MAX_LENGTH } from '../../../web/src/features/notes/note-text.ts';
import { stepAfterSignIn } from '../../../web/src/features/session/steps.ts';
import { clock, relativeTime } from '../../../web/src/ui/time.ts';

describe('stepAfterSignIn', () => {
  const typed = { email: 'ada@example.com', password: 'secret' };

  it.each([
    [{ signInStep: 'DONE' }, { name: 'done' }],
    [{ signInStep: 'CONFIRM_SIGN_UP' }, { name: 'confirmSignUp', resend: true, ...typed }],
    [{ signInStep: 'RESET_PASSWORD' }, { name: 'requestReset', email: typed.email }],
    [
      { signInStep: 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED', missingAttributes: ['name'] },
      { name: 'newPassword', email: typed.email, missing: ['name'] },
    ],
    [{ signInStep: 'CONFIRM_SIGN_IN_WITH_TOTP_CODE' }, { name: 'signInCode', source: 'app' }],
    [{ signInStep: 'CONFIRM_SIGN_IN_WITH_SMS_CODE' }, { name: 'signInCode', source: 'phone' }],
    [
      { signInStep: 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION' },
      { name: 'unsupported', challenge: 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION' },
    ],
  ] as const)('leads %o to its screen', (nextStep, step) => {
    expect(stepAfterSignIn(nextStep as never, typed)).toMatchObject(step);
  });
});

describe('checkText', () => {
  it('wants something other than space', () => {
    expect(checkText(' \n ')).toEqual({ sendable: false, count: null, tooLong: false });
    expect(checkText(' a ')).toEqual({ sendable: true, count: null, tooLong: false });
  });

  it('shows the remaining characters near the limit, and the excess beyond it', () => {
    expect(checkText('a'.repeat(3599)).count).toBeNull();
    expect(checkText('a'.repeat(3600)).count).toBe('400 left');
    expect(checkText('a'.repeat(MAX_LENGTH))).toMatchObject({ sendable: true, count: '0 left' });
    expect(checkText('a'.repeat(MAX_LENGTH + 1))).toEqual({
      sendable: false,
      count: '1 too many',
      tooLong: true,
    });
  });

  it('counts as Postgres does, an emoji once', () => {
    expect(checkText('🦊'.repeat(MAX_LENGTH)).sendable).toBe(true);
  });
});

describe('the claims', () => {
  const claims = { sub: 'ada', role: 'authenticated', 'cognito:groups': ['a', 'b'], jti: 'x' };

  it('are listed where they are there, in the order in which they matter', () => {
    expect(claimLines(claims).map(({ name, value }) => [name, value])).toEqual([
      ['sub', 'ada'],
      ['cognito:groups', 'a, b'],
    ]);
  });

  it('are judged by their role', () => {
    expect(judgeRole(claims)).toBe('authenticated');
    expect(judgeRole({ sub: 'ada' })).toBe('missing');
    expect(judgeRole({ sub: 'ada', role: 'admin' })).toBe('other');
  });
});

describe('times', () => {
  const now = Date.UTC(2026, 10, 21);

  it.each([
    [5, 'just now'],
    [-30, 'just now'],
    [61, '1 minute ago'],
    [3 * 3600, '3 hours ago'],
    [30 * 3600, 'yesterday'],
    [8 * 86_400, 'last week'],
    [400 * 86_400, 'last year'],
  ])('%i seconds ago is %s', (seconds, words) => {
    expect(relativeTime(now - seconds * 1000, now)).toBe(words);
  });

  it.each([
    [0, '00:00'],
    [59_001, '01:00'],
    [3_599_000, '59:59'],
    [3_600_000, '1:00:00'],
  ])('%i ms on the clock is %s', (millis, text) => {
    expect(clock(millis)).toBe(text);
  });
});
