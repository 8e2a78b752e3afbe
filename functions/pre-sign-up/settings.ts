/** Settings of the pre-sign-up trigger: the environment, read and checked once, at cold start. */
import { SIGN_UP_ENV } from '@cognito-supabase/contract/settings';
import { type DomainRules, parseDomain } from './domains.ts';

export interface SignUpSettings extends DomainRules {
  /** Whether only accounts that an administrator has made are let in. */
  readonly invitationsOnly: boolean;
  /** Identity providers whose verified addresses may open an existing account, by their names in the pool. */
  readonly linkProviders: readonly string[];
}

const listOf = (value = ''): readonly string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/**
 * @throws TypeError for a value that is none. The trigger then refuses every sign-up, because a rule that is not
 * understood must not let anybody in.
 */
export function readSignUpSettings(env: NodeJS.ProcessEnv): SignUpSettings {
  const invitations = env[SIGN_UP_ENV.invitationsOnly] ?? '';
  if (!['', 'true', 'false'].includes(invitations))
    throw new TypeError(`${SIGN_UP_ENV.invitationsOnly} is neither true nor false`);
  const domains = (name: string) => listOf(env[name]).map((domain) => parseDomain(domain, name));
  return {
    allowDomains: domains(SIGN_UP_ENV.allowDomains),
    denyDomains: domains(SIGN_UP_ENV.denyDomains),
    invitationsOnly: invitations === 'true',
    linkProviders: listOf(env[SIGN_UP_ENV.linkProviders]),
  };
}
