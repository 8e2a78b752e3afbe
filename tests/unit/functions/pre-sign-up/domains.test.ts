/** Which addresses the rules let in, and settings that are none. */
import { SIGN_UP_ENV } from '@cognito-supabase/contract/settings';
import { describe, expect, test } from 'vitest';
import { isDomainAllowed } from '../../../../functions/pre-sign-up/domains.ts';
import { readSignUpSettings } from '../../../../functions/pre-sign-up/settings.ts';

const rules = (allow: string, deny = '') =>
  readSignUpSettings({ SIGN_UP_ALLOW_DOMAINS: allow, SIGN_UP_DENY_DOMAINS: deny });

describe('an address', () => {
  test.each([
    ['ann@example.com', 'example.com', '', true],
    ['ann@EXAMPLE.com', 'Example.com', '', true],
    ['ann@example.com.', 'example.com', '', true],
    ['ann@example.org', 'example.com', '', false],
    ['ann@notexample.com', 'example.com', '', false],
    ['ann@sub.example.com', 'example.com', '', false],
    ['ann@sub.example.com', '*.example.com', '', true],
    ['ann@example.com', '*.example.com', '', false],
    ['ann@notexample.com', '*.example.com', '', false],
    ['ann@example.com', '', 'example.com', false],
    ['ann@a.b.example.com', '', '*.example.com', false],
    ['ann@example.org', '', 'example.com', true],
    ['ann@bad.example.com', '*.example.com', 'bad.example.com', false],
    // The domain is what follows the last @.
    ['"ann@example.com"@evil.example', 'example.com', '', false],
    ['ann@example.com@evil.example', 'example.com', '', false],
    ['ann@evil.example@example.com', '', 'example.com', false],
    // Names in other scripts are compared as DNS has them.
    ['ann@münchen.example', 'xn--mnchen-3ya.example', '', true],
    ['ann@xn--mnchen-3ya.example', 'münchen.example', '', true],
    ['ann@exаmple.com', 'example.com', '', false],
    ['ann@example。com', '', 'example.com', false],
    // What is no address keeps no rule.
    ['ann', 'example.com', '', false],
    ['@example.com', 'example.com', '', false],
    ['ann@', '', 'example.com', false],
    ['ann@exa mple.com', '', 'example.com', false],
    ['', '', 'example.com', false],
    [undefined, 'example.com', '', false],
    // Without rules everybody may come, also without an address.
    [undefined, '', '', true],
    ['ann', '', '', true],
  ])('%s with %s and without %s: %s', (email, allow, deny, expected) => {
    expect(isDomainAllowed(email, rules(allow, deny))).toBe(expected);
  });
});

describe('settings', () => {
  test('are empty unless they are set', () => {
    const empty = { allowDomains: [], denyDomains: [], invitationsOnly: false, linkProviders: [] };
    expect(readSignUpSettings({})).toEqual(empty);
    const blank = Object.fromEntries(Object.values(SIGN_UP_ENV).map((name) => [name, '']));
    expect(readSignUpSettings(blank)).toEqual(empty);
  });

  test('that are not understood let nobody in', () => {
    for (const domain of [
      'example',
      '*',
      'a@example.com',
      '*.com',
      '*example.com',
      'a.*.example',
      'exa mple.com',
      'https://example.com',
    ])
      expect(() => rules(domain)).toThrow(/SIGN_UP_ALLOW_DOMAINS/);
    expect(() => rules('', 'example')).toThrow(/SIGN_UP_DENY_DOMAINS/);
    for (const value of ['yes', 'TRUE', '1'])
      expect(() => readSignUpSettings({ SIGN_UP_INVITATIONS_ONLY: value })).toThrow(/neither/);
  });
});
