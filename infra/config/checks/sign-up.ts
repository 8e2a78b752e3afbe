/** Checks of the rules for sign-up and of messages. */
import { domainToASCII } from 'node:url';
import { type FederationSettings, isExisting, type StageSettings } from '../settings.ts';
import { must, twice } from './refuse.ts';

const DOMAIN = /^(\*\.)?[^\s*@/:,]+\.[^\s*@/:,]+$/;

function checkDomains(key: string, domains: readonly string[] = []) {
  for (const [index, domain] of domains.entries())
    must(
      DOMAIN.test(domain) && domainToASCII(domain.replace(/^\*\./, '')),
      `signUp.${key}[${index}]`,
      `"${domain}" is not a domain`,
      'As in example.com, or *.example.com for all below it.',
    );
}

/** Names in the pool of the providers that can say that an address is verified. */
function verifyingProviders(federation: FederationSettings = {}): readonly string[] {
  const { google, apple, facebook, amazon, saml = {}, oidc = {} } = federation;
  const mapped = (one?: { readonly attributes?: object | undefined }): boolean =>
    Object.keys(one?.attributes ?? {}).includes('email_verified');
  return [
    ...(google ? ['Google'] : []),
    ...(apple ? ['SignInWithApple'] : []),
    ...(mapped(facebook) ? ['Facebook'] : []),
    ...(mapped(amazon) ? ['LoginWithAmazon'] : []),
    ...Object.entries(saml).flatMap(([name, one]) => (mapped(one) ? [name] : [])),
    ...Object.keys(oidc),
  ];
}

/** @throws KitError */
export function checkSignUp({ pool, signUp, messages, federation }: StageSettings) {
  for (const [key, value] of Object.entries({ signUp, messages }))
    must(
      value === undefined || !isExisting(pool),
      key,
      'is for a pool of the stack, and this one exists already',
      'Leave it out: the stack adds no other trigger to an existing pool than pre-token.',
    );
  if (signUp === undefined) return;
  checkDomains('allowDomains', signUp.allowDomains);
  checkDomains('denyDomains', signUp.denyDomains);
  const names = signUp.linkProviders ?? [];
  const known = verifyingProviders(federation);
  for (const [index, name] of names.entries())
    must(
      known.includes(name),
      `signUp.linkProviders[${index}]`,
      `"${name}" is not a provider that says whether an address is verified`,
      known.length === 0
        ? 'Add one to federation, with email_verified in its attributes.'
        : `One of ${known.join(', ')}, or map email_verified in its attributes.`,
    );
  // Usernames begin with the provider's name, and Cognito does not always keep its capitals.
  const alike = twice(names.map((name) => name.toLowerCase()));
  must(!alike, 'signUp.linkProviders', `${alike} is there twice`, 'Each provider once.');
  const others = known.filter((name) => !names.includes(name)).map((name) => name.toLowerCase());
  const mistaken = names.find((name) => others.includes(name.toLowerCase()));
  must(
    !mistaken,
    'signUp.linkProviders',
    `another provider is named like ${mistaken} but for capitals`,
    'Give it another name.',
  );
}
