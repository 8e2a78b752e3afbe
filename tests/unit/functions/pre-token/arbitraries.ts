/** Generators: events of Cognito, broken events, and any other values. */

import fc from 'fast-check';
import type { AnyEvent } from './golden.ts';

const PEOPLE = [
  'TokenGeneration_HostedAuth',
  'TokenGeneration_Authentication',
  'TokenGeneration_NewPasswordChallenge',
  'TokenGeneration_AuthenticateDevice',
  'TokenGeneration_RefreshTokens',
];
const MACHINE = 'TokenGeneration_ClientCredentials';

export const ENV = {
  APP_ROLE_GROUPS: 'admins,editors',
  EMAIL_CLAIM: 'true',
  MACHINE_CLAIMS: JSON.stringify({
    plain: { org: 'x' },
    trusted: { role: 'authenticated', app_role: 'robot' },
    greedy: { role: 'service_role', sub: 'somebody', org: 'x' },
  }),
};

/** Names of claims that the configuration above can set. */
export const CONFIGURED = ['role', 'app_role', 'email', 'org'];

const roles = fc.oneof(
  fc.constantFrom('authenticated', 'admin', 'service_role', 'postgres', 'anon', ''),
  fc.jsonValue({ maxDepth: 1 }),
);

const claims = fc
  .tuple(
    fc.dictionary(
      fc.string().filter((name) => !CONFIGURED.includes(name)),
      fc.jsonValue({ maxDepth: 2 }),
      { maxKeys: 4 },
    ),
    fc.record({ role: roles, app_role: roles }, { requiredKeys: [] }),
  )
  .map(([others, ours]) => ({ ...others, ...ours }));

const list = fc.array(fc.oneof(fc.constantFrom('role', 'app_role', 'phone_number'), fc.string()), {
  maxLength: 4,
});
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 3 });

const token = fc.record(
  {
    claimsToAddOrOverride: maybe(claims),
    claimsToSuppress: maybe(list),
    scopesToAdd: maybe(list),
    scopesToSuppress: maybe(list),
  },
  { requiredKeys: [] },
);

const groups = fc.record({
  groupsToOverride: fc.array(fc.constantFrom('admins', 'editors', 'viewers', 'superadmins')),
  iamRolesToOverride: list,
  preferredRole: maybe(fc.string()),
});

const response = fc.record(
  {
    claimsOverrideDetails: maybe(token),
    claimsAndScopeOverrideDetails: maybe(
      fc.record(
        {
          idTokenGeneration: maybe(token),
          accessTokenGeneration: maybe(token),
          groupOverrideDetails: maybe(groups),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

/** An event in the shape that Cognito documents, with overrides of other functions. */
export const wellFormed: fc.Arbitrary<AnyEvent> = fc
  .oneof(
    fc.tuple(fc.constantFrom('1', '2', '3'), fc.constantFrom(...PEOPLE)),
    fc.constant(['3', MACHINE] as const),
  )
  .chain(([version, triggerSource]) =>
    fc.record({
      version: fc.constant(version),
      triggerSource: fc.constant(triggerSource),
      userName: fc.string(),
      callerContext: fc.record({
        awsSdkVersion: fc.constant('aws-sdk-unknown-unknown'),
        clientId: fc.constantFrom('plain', 'trusted', 'greedy', 'other', '__proto__'),
      }),
      request: fc.record(
        {
          userAttributes: fc.record(
            {
              email: fc.emailAddress(),
              email_verified: fc.constantFrom('true', 'false'),
              role: fc.constant('admin'),
            },
            { requiredKeys: [] },
          ),
          groupConfiguration: maybe(groups),
          clientMetadata: maybe(fc.dictionary(fc.constantFrom('role', 'app_role'), fc.string())),
        },
        { requiredKeys: ['userAttributes'] },
      ),
      response,
    }),
  );

/** Values that JSON does not allow, or that throw when they are read. */
const hostile = fc.oneof(
  fc.constant(Symbol('event')),
  fc.func(fc.constant('admin')),
  // Not `then`, because a promise cannot hold an object whose `then` throws.
  fc.constantFrom('role', 'request', 'version', 'toString').map((name) =>
    Object.defineProperties(
      {},
      {
        [name]: {
          enumerable: true,
          get: () => {
            throw new Error('jane.doe@example.com');
          },
        },
        [fc.toStringMethod]: { value: () => `{ get ${name}() { throw } }` },
      },
    ),
  ),
);

const garbage = fc.oneof(
  fc.anything({
    maxDepth: 2,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
  fc.jsonValue({ maxDepth: 2 }),
  hostile,
);

/** Paths to every value inside a value. */
const pathsOf = (value: unknown): string[][] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => [
        [key],
        ...pathsOf(inner).map((path) => [key, ...path]),
      ]);

const replaced = (event: AnyEvent, [key, ...rest]: string[], value: unknown): AnyEvent =>
  key === undefined ? value : { ...event, [key]: replaced(event[key], rest, value) };

/** A well-formed event with one value, at any depth, replaced by another. */
const mutated = fc.tuple(wellFormed, fc.nat(), garbage).map(([event, nth, value]) => {
  const paths = pathsOf(event);
  return replaced(event, paths[nth % paths.length] ?? [], value);
});

export const anyEvent: fc.Arbitrary<AnyEvent> = fc.oneof(
  { weight: 4, arbitrary: wellFormed },
  { weight: 4, arbitrary: mutated },
  { weight: 1, arbitrary: garbage },
);
