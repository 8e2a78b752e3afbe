/**
 * The personas of the matrix, and their rows. Everything is made in a transaction that is never
 * committed, with names that no other test uses.
 */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type Statement, sql } from '../support/sql.ts';

/** The columns of the matrix. */
export const PERSONAS = [
  'anon',
  'owner',
  'admin',
  'member',
  'viewer',
  'outsider',
  'disabled',
  'revoked',
  'other client',
  'ID token',
  'machine',
  'no settings',
] as const;
export type Persona = (typeof PERSONAS)[number];

/**
 * Roles in the workspace Acme. Personas with an untrusted token are owners, because they could do the
 * most without the trust check.
 */
const ACME: Partial<Record<Persona | 'colleague', string>> = {
  owner: 'owner',
  admin: 'admin',
  member: 'member',
  viewer: 'viewer',
  disabled: 'owner',
  revoked: 'owner',
  'other client': 'owner',
  'ID token': 'owner',
  'no settings': 'owner',
  colleague: 'viewer',
};
/** Globex is the workspace of others. No persona may see or change anything of it. */
const GLOBEX: Readonly<Record<string, string>> = { stranger: 'owner', partner: 'member' };

/** Personas whose tokens are trusted. Others have no rows. */
const TRUSTED: ReadonlySet<string> = new Set([
  'owner',
  'admin',
  'member',
  'viewer',
  'outsider',
  'machine',
]);
export const isTrusted = (persona: Persona): boolean => TRUSTED.has(persona);

export class Cast {
  readonly run = randomUUID();
  readonly acme = randomUUID();
  readonly globex = randomUUID();
  readonly issuer = `https://issuer.test/${this.run}`;
  readonly #ids = new Map<string, string>();

  /** Everybody with a profile. */
  readonly people = [
    ...PERSONAS.filter((name) => name !== 'anon' && name !== 'machine'),
    'colleague',
    ...Object.keys(GLOBEX),
  ];

  /** A machine's sub is its client id. */
  sub(name: string): string {
    return `${name.replace(' ', '-')}-${this.run}`;
  }
  /** app_users.id, and the ids of a few other rows. */
  id(name: string): string {
    const id = this.#ids.get(name) ?? randomUUID();
    this.#ids.set(name, id);
    return id;
  }
  email(name: string): string {
    return `${this.sub(name)}@example.com`.toLowerCase();
  }
  /** Whether the persona has anything in the workspace, and may have. */
  isIn(persona: Persona, workspace: unknown): boolean {
    return TRUSTED.has(persona) && ACME[persona] !== undefined && workspace === this.acme;
  }
  isSub(persona: Persona, sub: unknown): boolean {
    return TRUSTED.has(persona) && sub === this.sub(persona);
  }
  isOwner(persona: Persona): boolean {
    return ACME[persona] === 'owner';
  }

  /** Texts that are only in rows of Globex and its people. */
  get secrets(): readonly string[] {
    const people = Object.keys(GLOBEX).flatMap((name) => [this.sub(name), this.id(name)]);
    return [this.globex, `Globex ${this.run}`, ...people];
  }

  /** The claims that the Data API would hand to Postgres. */
  claims(persona: Persona): Record<string, unknown> {
    if (persona === 'anon') return { role: 'anon' };
    const sub = this.sub(persona);
    const person = {
      sub,
      role: 'authenticated',
      iss: this.issuer,
      token_use: 'access',
      client_id: `people-${this.run}`,
      origin_jti: `session-of-${sub}`,
      auth_time: Math.floor(Date.now() / 1000),
    };
    if (persona === 'machine') return { ...person, client_id: sub, origin_jti: undefined };
    if (persona === 'other client') return { ...person, client_id: `other-${this.run}` };
    if (persona !== 'ID token') return person;
    const { client_id: aud, ...claims } = person;
    return { ...claims, token_use: 'id', aud, email: this.email(persona), email_verified: true };
  }

  /** Changes of the database for a persona. */
  before(persona: Persona): Statement[] {
    return persona === 'no settings' ? [sql`delete from cognito_supabase.trusted_clients`] : [];
  }
}

/** An invitation into Acme as viewer; `token` is what accept_invite() takes. */
export const invitation = (cast: Cast, email: string, token: string, workspace = cast.acme) =>
  sql`insert into public.workspace_invites (workspace_id, email, role, token_hash)
    values (${workspace}, ${email}, 'viewer', sha256(convert_to(${token}, 'UTF8')))`;

/** Makes everybody, both workspaces, and rows of everybody in every table. */
export async function makeFixture(db: pg.Client, cast: Cast): Promise<void> {
  const { run, issuer, acme, globex } = cast;
  const fixture: Statement[] = [
    sql`insert into cognito_supabase.trusted_clients (issuer, client_id, kind, app_role) values
      (${issuer}, ${`people-${run}`}, 'people', null),
      (${issuer}, ${cast.sub('machine')}, 'machine', 'support')`,
    sql`insert into public.workspaces (id, name) values
      (${acme}, ${`Acme ${run}`}), (${globex}, ${`Globex ${run}`})`,
    ...cast.people.flatMap((name) => [
      sql`insert into public.app_users (id, cognito_sub, email, display_name)
        values (${cast.id(name)}, ${cast.sub(name)}, ${cast.email(name)}, ${name})`,
      sql`insert into public.notes (owner_sub, body) values (${cast.sub(name)}, 'a note')`,
    ]),
    ...Object.entries(ACME).map(
      ([name, role]) => sql`insert into public.workspace_members (workspace_id, user_id, role)
        values (${acme}, ${cast.id(name)}, ${role})`,
    ),
    ...Object.entries(GLOBEX).map(
      ([name, role]) => sql`insert into public.workspace_members (workspace_id, user_id, role)
        values (${globex}, ${cast.id(name)}, ${role})`,
    ),
    ...[acme, globex].flatMap((workspace) => [
      sql`insert into public.tasks (id, workspace_id, title) values
        (${cast.id(`task of ${workspace}`)}, ${workspace}, 'one'), (gen_random_uuid(), ${workspace}, 'two')`,
      sql`insert into public.task_assignments (task_id, workspace_id, user_id)
        select t.id, t.workspace_id, m.user_id from public.tasks as t
        join public.workspace_members as m using (workspace_id)
        where t.workspace_id = ${workspace} and t.title = 'one'
          and m.user_id = any (${[cast.id('colleague'), cast.id('partner')]})`,
      invitation(cast, 'somebody@example.com', `${workspace} somebody`, workspace),
    ]),
    sql`select public.disable_user(${cast.sub('disabled')})`,
    sql`insert into cognito_supabase.revoked_sessions (origin_jti, expires_at)
      values (${cast.claims('revoked').origin_jti}, now() + interval '1 day')`,
  ];
  for (const statement of fixture) await db.query(statement);
  const { rows } = await db.query(
    "select to_regclass('storage.objects') as files, to_regclass('realtime.messages') as channels",
  );
  if (rows[0].files) for (const statement of files(cast)) await db.query(statement);
  if (rows[0].channels) for (const statement of messages(cast)) await db.query(statement);
}

const files = (cast: Cast): Statement[] => [
  // Storage refuses a delete that does not come from its API. This tests the policies.
  sql`select set_config('storage.allow_delete_query', 'true', true)`,
  ...cast.people.map(
    (name) => sql`insert into storage.objects (bucket_id, name, owner_id)
      values ('personal', ${`${cast.sub(name)}/a.txt`}, ${cast.sub(name)})`,
  ),
  sql`insert into storage.objects (bucket_id, name, owner_id) values
    ('workspaces', ${`${cast.acme}/plan.pdf`}, ${cast.sub('colleague')}),
    ('workspaces', ${`${cast.globex}/plan.pdf`}, ${cast.sub('stranger')})`,
];

const messages = (cast: Cast): Statement[] =>
  [cast.acme, cast.globex].map(
    (workspace) => sql`insert into realtime.messages (topic, extension)
      values (${`workspace:${workspace}`}, 'broadcast')`,
  );
