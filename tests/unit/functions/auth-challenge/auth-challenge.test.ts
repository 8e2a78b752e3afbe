/** The triggers of the custom challenge: one code a sign-in, three answers, and nothing about unknown people. */
import type {
  CreateAuthChallengeTriggerEvent,
  DefineAuthChallengeTriggerEvent,
  VerifyAuthChallengeResponseTriggerEvent,
} from 'aws-lambda';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  createAuthChallenge,
  defineAuthChallenge,
  verifyAuthChallenge,
} from '../../../../functions/auth-challenge/challenge.ts';
import { CODE_LIFETIME, isSameCode, makeCode } from '../../../../functions/auth-challenge/code.ts';

afterEach(() => void vi.useRealTimers());

/** As in Cognito's guide, with the values of this pool. */
const base = {
  version: '1',
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_a1B2c3D4e',
  userName: 's-1',
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'web' },
};
const userAttributes = { sub: 's-1', email: 'ann@example.com', email_verified: 'true' };
type Session = DefineAuthChallengeTriggerEvent['request']['session'];
const answered = (challengeResult: boolean, challengeMetadata?: string): Session[number] =>
  ({ challengeName: 'CUSTOM_CHALLENGE', challengeResult, challengeMetadata }) as Session[number];

const defined = async (session: Session, userNotFound = false) => {
  const event = {
    ...base,
    triggerSource: 'DefineAuthChallenge_Authentication',
    request: { userAttributes, session, userNotFound },
    response: {},
  } as unknown as DefineAuthChallengeTriggerEvent;
  return (await defineAuthChallenge(event)).response;
};

describe('define', () => {
  const [wrong, right] = [answered(false), answered(true)];
  const more = { issueTokens: false, failAuthentication: false, challengeName: 'CUSTOM_CHALLENGE' };
  const end = { issueTokens: false, failAuthentication: true };
  test.each<[string, Session, boolean, object]>([
    ['begins with a code', [], false, more],
    ['lets a right answer in', [right], false, { issueTokens: true, failAuthentication: false }],
    ['goes on after a wrong one', [wrong, wrong], false, more],
    ['ends after three', [wrong, wrong, wrong], false, end],
    ['asks an unknown person as well', [], true, more],
    ['lets no unknown person in', [right], true, more],
    ['takes no other challenge', [{ challengeName: 'SRP_A', challengeResult: true }], false, end],
  ])('%s', async (_, session, unknown, response) => {
    expect(await defined(session, unknown)).toEqual(response);
  });
});

async function created(changes: object = {}, session: Session = []) {
  const mails: [string, string, string | undefined][] = [];
  const lines: string[] = [];
  const handler = createAuthChallenge({
    sendCode: async (...mail) => void mails.push(mail),
    warn: (line) => void lines.push(line),
  });
  const event = {
    ...base,
    triggerSource: 'CreateAuthChallenge_Authentication',
    request: { userAttributes, challengeName: 'CUSTOM_CHALLENGE', session, ...changes },
    response: {},
  } as unknown as CreateAuthChallengeTriggerEvent;
  return { ...(await handler(event)).response, mails, lines };
}

const verified = async (state: string | undefined, answer: unknown, userNotFound = false) => {
  const request = { privateChallengeParameters: { state }, challengeAnswer: answer, userNotFound };
  const event = { ...base, request, response: {} };
  const given = await verifyAuthChallenge(
    event as unknown as VerifyAuthChallengeResponseTriggerEvent,
  );
  return given.response.answerCorrect;
};

describe('create', () => {
  test('sends eight digits, and shows the app nothing of them', async () => {
    const { mails, publicChallengeParameters: shown } = await created();
    expect(mails).toEqual([['ann@example.com', expect.stringMatching(/^\d{8}$/), undefined]]);
    expect(shown).toEqual({ medium: 'EMAIL', destination: 'a***@e***' });
  });

  test('sends no second mail after a wrong answer', async () => {
    const first = await created();
    const second = await created({}, [answered(false, first.challengeMetadata)]);
    expect(second.mails).toEqual([]);
    expect(second.privateChallengeParameters).toEqual(first.privateChallengeParameters);
  });

  test.each([
    ['an unknown person', { userNotFound: true, userAttributes: {} }],
    [
      'an address that is not verified',
      { userAttributes: { ...userAttributes, email_verified: 'false' } },
    ],
    ['a person without an address', { userAttributes: { sub: 's-1' } }],
  ])('sends nothing for %s, and answers in the same way', async (_, changes) => {
    const { mails, publicChallengeParameters, privateChallengeParameters } = await created(changes);
    expect(mails).toEqual([]);
    expect(publicChallengeParameters?.destination).toMatch(/^.\*\*\*@.\*\*\*$/);
    expect(privateChallengeParameters?.state).toMatch(/^\d{8} \d+$/);
  });

  test('hides from the person that no mail could be sent, and not from the log', async () => {
    const lines: string[] = [];
    const handler = createAuthChallenge({
      sendCode: () => Promise.reject(new Error('ann@example.com')),
      warn: (line) => void lines.push(line),
    });
    const request = { userAttributes, challengeName: 'CUSTOM_CHALLENGE', session: [] };
    await handler({ ...base, request, response: {} } as unknown as CreateAuthChallengeTriggerEvent);
    expect(lines).toEqual(['create-auth-challenge: no mail, Error']);
  });
});

describe('verify', () => {
  test('takes the code, with blanks that were copied along, in its time', async () => {
    const { privateChallengeParameters: kept, mails } = await created();
    const code = mails[0]?.[1] ?? '';
    expect(await verified(kept?.state, code)).toBe(true);
    expect(await verified(kept?.state, ` ${code.slice(0, 4)} ${code.slice(4)}\n`)).toBe(true);
    expect(await verified(kept?.state, code, true)).toBe(false);
    vi.useFakeTimers({ now: Date.now() + CODE_LIFETIME });
    expect(await verified(kept?.state, code)).toBe(false);
  });

  test.each([
    ['', '12345678'],
    [undefined, undefined],
    ['12345678', '12345678'],
    ['12345678 x', '12345678'],
    [`1234567 ${Date.now()}`, '1234567'],
    [`12345678 ${Date.now()}`, '１２３４５６７８'],
    [`12345678 ${Date.now()}`, ['12345678', 'x']],
    [`12345678 ${Date.now()}`, '87654321'],
  ])('refuses %j with %j', async (state, answer) => {
    expect(await verified(state, answer)).toBe(false);
  });
});

test('codes have eight digits, and differ', () => {
  const codes = Array.from({ length: 1000 }, makeCode);
  expect(codes.every((code) => /^\d{8}$/.test(code))).toBe(true);
  expect(new Set(codes).size).toBeGreaterThan(990);
  expect(isSameCode('', '')).toBe(false);
});
