/** A pool and a database that remember, for the moves of one person. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type Account,
  type Accounts,
  attributesOf,
  NO_PASSWORD_YET,
} from '../../../../cli/migrate-users/accounts.ts';
import { Journal } from '../../../../cli/migrate-users/journal.ts';
import type { Going } from '../../../../cli/migrate-users/person.ts';
import type { Rows } from '../../../../cli/migrate-users/rows.ts';
import { isDone, moveToCognito } from '../../../../cli/migrate-users/to-cognito.ts';

export class Killed extends Error {}

export const PERSON: Going = {
  ...{ id: 'old-id', email: 'ada@example.com', phone: undefined },
  ...{ foundBy: 'old-id', profile: new Map(), isDisabled: false },
  meets: { first: '', more: [] },
};

/** It has a step at which the process is killed. */
export class FakeWorld {
  readonly accounts = new Map<string, Account>();
  /** Who has set the password. */
  password: 'nobody' | 'move' | 'person' = 'nobody';
  owner = PERSON.id;
  /** The sub for which a transfer waits. */
  waitsFor: string | undefined;
  /** Whether the command sees the database. */
  hasDatabase = true;
  created = 0;
  killAt = Number.POSITIVE_INFINITY;
  isAfter = false;
  steps = 0;

  /** @throws Killed */
  async #step<T>(work: () => T): Promise<T> {
    this.steps += 1;
    const isHere = this.steps === this.killAt;
    if (isHere && !this.isAfter) throw new Killed();
    const done = work();
    if (isHere) throw new Killed();
    return done;
  }

  readonly pool: Accounts = {
    namedBy: async () => new Set(['email'] as const),
    csvHeader: async () => [],
    close: () => {},
    find: (name) =>
      this.#step(() =>
        [...this.accounts.values()].find(({ sub, username, attributes }) =>
          [sub, username, attributes.get('email')].includes(name),
        ),
      ),
    create: (_, person) =>
      this.#step(() => {
        const { email = '' } = person;
        if (this.accounts.has(email)) return { account: undefined, wasTried: false };
        this.created += 1;
        const account = this.add(email, NO_PASSWORD_YET, true, person);
        return { account, wasTried: false };
      }),
    lockPassword: (username) =>
      this.#step(() => {
        const account = [...this.accounts.values()].find((one) => one.username === username);
        if (account?.status === NO_PASSWORD_YET) this.password = 'move';
        // It would lock a person out who has chosen one.
        else throw new Error('the password of somebody else was set');
        this.accounts.set(PERSON.email ?? '', { ...account, status: 'CONFIRMED' });
      }),
  };

  readonly rows: Rows = {
    prepare: ({ sub }) =>
      this.#step(() => {
        if (this.owner !== PERSON.id) return false;
        this.waitsFor = sub;
        return true;
      }),
    claim: ({ sub }) =>
      this.#step(() => {
        if (this.waitsFor !== sub || this.owner !== PERSON.id) return false;
        this.owner = sub;
        return true;
      }),
    ownerOf: async () => (this.hasDatabase && this.owner !== PERSON.id ? this.owner : undefined),
  };

  setStatus(status: string): void {
    for (const [key, account] of this.accounts) this.accounts.set(key, { ...account, status });
  }

  /** Of everybody in the pool. */
  changeAddress(email: string): void {
    for (const [key, account] of this.accounts) {
      const attributes = new Map([...account.attributes, ['email', email]]);
      this.accounts.set(key, { ...account, attributes });
    }
  }

  add(email: string, status: string, isVerified: boolean, person?: Going): Account {
    const sub = `sub-${this.accounts.size + 1}`;
    const attributes = new Map([
      ['email', email],
      ['email_verified', String(isVerified)],
      ...(person === undefined ? [] : attributesOf(person)),
    ]);
    const account = {
      ...{ sub, username: sub, status, enabled: true, hasFactors: false },
      ...{ createdAt: Date.now(), attributes },
    };
    this.accounts.set(email, account);
    return account;
  }
}

export async function journalFile(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'crash-points-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return path.join(dir, 'journal');
}

/** One run of the command, for one person. */
export async function run(
  world: FakeWorld,
  file: string,
  rows: Rows | undefined = world.rows,
  person = PERSON,
): Promise<string | undefined> {
  const journal = await Journal.open(file, 'a test');
  try {
    if (isDone(journal.get(PERSON.id), rows)) return undefined;
    const taken = new Map<string, string>();
    const move = { accounts: world.pool, namedBy: new Set(['email'] as const), taken };
    return await moveToCognito({ ...move, rows, journal }, person);
  } finally {
    await journal.close();
  }
}
