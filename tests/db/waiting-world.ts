/**
 * A workspace with its people, for tests about locks: committed, because several connections meet in
 * it. `close()` removes it.
 */
import pg from 'pg';
import { type Statement, sql } from '../support/sql.ts';
import {
  beginAs,
  type Finish,
  type Racer,
  SERVICE,
  type TrustedClient,
  tried,
  trustedClient,
} from './callers.ts';
import { MARK, newRacer } from './concurrency-race.ts';

const ROLES = ['owner', 'admin', 'member', 'viewer'] as const;
export type Who = (typeof ROLES)[number] | 'invited' | 'service';

export class WaitingWorld {
  readonly owner: pg.Client;
  /** The connection of the caller who holds something, or waits. */
  readonly first: pg.Client;
  /** The connection of the next caller. */
  readonly second: pg.Client;
  readonly people: Readonly<Record<Exclude<Who, 'service'>, Racer>>;
  readonly #ids = new Map<string, string>();
  #trusted: TrustedClient = { issuer: '', client_id: '' };

  constructor(connectionString: string) {
    [this.owner, this.first, this.second] = [1, 2, 3].map(
      () => new pg.Client({ connectionString }),
    ) as [pg.Client, pg.Client, pg.Client];
    const person = () => newRacer(`${newRacer().sub}@example.com`);
    this.people = {
      owner: person(),
      admin: person(),
      member: person(),
      viewer: person(),
      invited: person(),
    };
  }

  async open(): Promise<void> {
    await Promise.all([this.owner, this.first, this.second].map((client) => client.connect()));
    this.#trusted = await trustedClient(this.owner);
    for (const [who, { sub, email }] of Object.entries(this.people)) {
      await this.#make(
        who,
        sql`insert into public.app_users (cognito_sub, email) values (${sub}, ${email}) returning id`,
      );
      await this.owner.query(
        sql`insert into public.notes (owner_sub, body) values (${sub}, 'note')`,
      );
    }
    const made = sql`insert into public.workspaces (name) values (${MARK}) returning id`;
    const workspace = await this.#make('workspace', made);
    for (const role of ROLES) {
      await this.owner.query(
        sql`insert into public.workspace_members (workspace_id, user_id, role)
          values (${workspace}, ${this.id(role)}, ${role})`,
      );
    }
    // The last by the index and by the order in the table: a slow filter comes to it last.
    for (const [title, age] of [
      ['task', 1],
      ['last', 2],
    ] as const) {
      const task = await this.#make(
        title,
        sql`insert into public.tasks (workspace_id, title, created_at)
          values (${workspace}, ${title}, now() - ${age} * interval '1 day') returning id`,
      );
      await this.owner.query(
        sql`insert into public.task_assignments (task_id, workspace_id, user_id)
          values (${task}, ${workspace}, ${this.id('member')})`,
      );
    }
    await this.#make(
      'invitation',
      sql`insert into public.workspace_invites (workspace_id, email, role, token_hash)
        values (${workspace}, ${this.people.invited.email}, 'viewer', sha256(convert_to(${this.token}, 'UTF8')))
        returning id`,
    );
  }

  /** Of the open invitation for `invited`. */
  get token(): string {
    return `token ${this.people.invited.sub}`;
  }

  async #make(name: string, statement: Statement): Promise<string> {
    const { rows } = await this.owner.query(statement);
    this.#ids.set(name, rows[0].id);
    return rows[0].id;
  }

  /** Of a person, of `workspace`, `task`, `last` or `invitation`. */
  id(name: string): string {
    const id = this.#ids.get(name);
    if (id === undefined) throw new Error(`there is no ${name}`);
    return id;
  }

  begin(client: pg.Client, who: Who): Promise<unknown> {
    return beginAs(client, who === 'service' ? SERVICE : this.people[who], this.#trusted);
  }

  /** A request that is rolled back, and that gives up at once where it would have to wait. */
  async withoutWaiting(who: Who, statement: Statement): Promise<Finish> {
    await this.begin(this.second, who);
    await this.second.query("set local lock_timeout = '500ms'");
    const finish = await tried(this.second, statement);
    await this.second.query('rollback');
    return finish;
  }

  async close(): Promise<void> {
    await this.owner.query(sql`delete from public.workspaces where name = ${MARK}`);
    const subs = Object.values(this.people).map(({ sub }) => sub);
    await this.owner.query(sql`delete from public.app_users where cognito_sub = any (${subs})`);
    await this.owner.query(sql`delete from public.notes where owner_sub = any (${subs})`);
    await Promise.all([this.owner, this.first, this.second].map((client) => client.end()));
  }
}
