import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyEvent, CONFIGURED, ENV, wellFormed } from './arbitraries.ts';
import { type AnyEvent, claimsOf, frozen, overridesOf, run } from './golden.ts';

const EVENTS = 10_000;
const PATIENCE = 120_000;
const OURS = ['role', 'app_role'];
const MACHINE = 'TokenGeneration_ClientCredentials';

/** The event that Cognito would read; undefined if it could not be sent. */
const asJson = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
};

/** Every set of claims in a value, at any place. */
const claimSetsIn = (value: AnyEvent): AnyEvent[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) =>
        key === 'claimsToAddOrOverride' ? [inner] : claimSetsIn(inner),
      );

/** The overrides of other functions. Undefined, null and {} count as the same. */
function others(value: AnyEvent, key = ''): AnyEvent {
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const kept = Object.entries(value)
    .filter(([name]) => key !== 'claimsToAddOrOverride' || !CONFIGURED.includes(name))
    .map(([name, inner]) => [name, others(inner, name)] as const)
    .filter(([, inner]) => inner !== undefined);
  const list = kept.map(([, inner]) => inner);
  if (key === 'claimsToSuppress') return list.filter((name) => name !== 'role').join() || undefined;
  return kept.length ? JSON.stringify(Object.fromEntries(kept)) : undefined;
}

const isMachine = (event: AnyEvent) => event?.triggerSource === MACHINE;

it(
  `${EVENTS} events of any shape: never throws, never emits another role, keeps other overrides`,
  async () => {
    const seen = { read: 0, unread: 0, unsendable: 0 };
    await fc.assert(
      fc.asyncProperty(anyEvent, fc.boolean(), async (event, freeze) => {
        const before = asJson(event);
        const { result, warnings } = await run(freeze ? frozen(event) : event, ENV);
        const after = asJson(result);

        expect(asJson(event)).toBe(before);
        expect(after === undefined).toBe(before === undefined);
        for (const warning of warnings) expect(warning).toMatch(/^cannot read (null|\w+ \w)$/);
        seen[after === undefined ? 'unsendable' : warnings.length ? 'unread' : 'read'] += 1;
        if (before === undefined || after === undefined) return;

        const [given, returned]: AnyEvent[] = [JSON.parse(before), JSON.parse(after)];
        for (const claims of claimSetsIn(returned?.response)) {
          const { role, app_role } = claims ?? {};
          const byClient = isMachine(given) ? given.callerContext?.clientId : undefined;
          expect([
            undefined,
            ...(isMachine(given) && byClient !== 'trusted' ? [] : ['authenticated']),
          ]).toContain(role);
          const groups: unknown[] = isMachine(given)
            ? [byClient === 'trusted' && 'robot']
            : [given.request?.groupConfiguration?.groupsToOverride].flat();
          expect([undefined, ...groups]).toContain(app_role);
          expect([undefined, 'admins', 'editors', 'robot']).toContain(app_role);
        }
        expect(others(returned?.response)).toBe(others(given?.response));
        // An unreadable event is returned without our claims, and otherwise unchanged.
        for (const claims of claimSetsIn(given)) for (const name of OURS) delete claims?.[name];
        if (warnings.length) expect(returned).toEqual(given);
        else expect({ ...returned, response: 0 }).toEqual({ ...given, response: 0 });
      }),
      { numRuns: EVENTS },
    );
    // Otherwise the generators no longer cover the cases.
    expect(seen.read).toBeGreaterThan(EVENTS / 4);
    expect(seen.unread).toBeGreaterThan(EVENTS / 20);
    expect(seen.unsendable).toBeGreaterThan(0);
  },
  PATIENCE,
);

it(
  'a well-formed event always gets its claims, whatever stands in it already',
  async () => {
    await fc.assert(
      fc.asyncProperty(wellFormed, async (event) => {
        const { result, warnings } = await run(frozen(event), ENV);
        expect(warnings).toEqual([]);
        if (isMachine(event)) {
          const configured = ['plain', 'greedy'].includes(event.callerContext.clientId);
          expect(claimsOf(result, 'access')?.org).toBe(configured ? 'x' : undefined);
          return;
        }
        const inGroups: string[] = event.request.groupConfiguration?.groupsToOverride ?? [];
        const app_role = ['admins', 'editors'].find((group) => inGroups.includes(group));
        const tokens = event.version === '1' ? (['id'] as const) : (['id', 'access'] as const);
        for (const token of tokens) {
          const claims = claimsOf(result, token);
          expect(claims.role).toBe('authenticated');
          expect(claims.app_role).toBe(app_role);
          expect(overridesOf(result, token).claimsToSuppress ?? []).not.toContain('role');
        }
        const { email, email_verified } = event.request.userAttributes;
        expect(claimsOf(result, 'access')?.email).toBe(
          event.version !== '1' && email_verified === 'true' ? email : undefined,
        );
      }),
      { numRuns: 2_000 },
    );
  },
  PATIENCE,
);
