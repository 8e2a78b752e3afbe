/** The people of a property test: their sessions at the real user pool, and what they see. */
import { randomUUID } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { invitedPerson, type Person as Login, newPerson, supabaseAs } from '../support/people.ts';
import { type Session, sessionOf, signInAfter } from '../support/sessions.ts';
import { stackEnv } from '../support/stack.ts';
import { Model } from './model.ts';
import {
  type Caller,
  COLUMNS,
  line,
  type Person,
  type Table,
  type Workspace,
} from './model-rows.ts';

type Client = ReturnType<typeof supabaseAs>;

/** A person with one of their sessions. */
export interface Actor extends Caller {
  readonly name: string;
  readonly api: Client;
}

interface Member {
  readonly name: string;
  readonly login: Login;
  readonly person: Person;
  readonly sessions: Session[];
  /** The second in which the person was last signed out everywhere. */
  endedIn: number;
}

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: rows of any table
  readonly data: any;
  readonly error: { readonly code?: string; readonly message: string } | null;
  readonly status: number;
}

const NAMES = ['Ada', 'Bob', 'Cleo', 'Dan', 'Eve', 'Fay', 'Gus', 'Hal'];

export class World {
  readonly model = new Model();
  readonly members: readonly Member[];
  /** Signed in with the secret key, as a backend is. */
  readonly service: Client;
  readonly #clients = new Map<string, Client>();

  private constructor(logins: readonly Login[]) {
    const { SUPABASE_URL, SUPABASE_SECRET_KEY } = stackEnv();
    this.service = createClient(SUPABASE_URL, SUPABASE_SECRET_KEY, {
      auth: { persistSession: false },
    });
    this.members = logins.map((login, at) => {
      const person = { sub: login.sub, displayName: null, email: null, disabled: false };
      this.model.people.add(person);
      const sessions = [sessionOf(login.accessToken)];
      return { name: NAMES[at] ?? login.email, login, person, sessions, endedIn: 0 };
    });
  }

  static async start(): Promise<World> {
    // Half of them have signed up themselves, so that the pool's trigger has made their profiles.
    const logins = NAMES.map((name, at) =>
      (at % 2 === 0 ? newPerson : invitedPerson)(name.toLowerCase()),
    );
    const world = new World(await Promise.all(logins));
    await Promise.all(world.members.map(({ person }) => world.#readProfile(person)));
    return world;
  }

  async #readProfile(person: Person): Promise<void> {
    const { data, error } = await this.service
      .from('app_users')
      .select('id,email')
      .eq('cognito_sub', person.sub)
      .maybeSingle();
    if (error) throw new Error(error.message);
    if (data !== null) Object.assign(person, data);
  }

  actor(member: Member, session = member.sessions.at(-1)): Actor {
    if (session === undefined) throw new Error('a member has at least one session');
    const { name, person } = member;
    const api = this.#clients.get(session.id) ?? supabaseAs(session.accessToken);
    this.#clients.set(session.id, api);
    return { name, person, session: session.id, api };
  }

  /** All earlier sessions are ended. */
  signedOut(member: Member): void {
    member.endedIn = Math.floor(Date.now() / 1000);
    this.model.end(member.sessions.map(({ id }) => id));
  }

  async signInAgain(member: Member): Promise<void> {
    member.sessions.push(await signInAfter(member.login, member.endedIn));
  }

  async letEverybodyIn(): Promise<void> {
    await Promise.all(
      this.members.map(async (member) => {
        const enabled = await this.service.rpc('enable_user', { sub: member.person.sub });
        if (enabled.error) throw new Error(enabled.error.message);
        member.person.disabled = false;
        if (!this.model.isLive(this.actor(member))) await this.signInAgain(member);
      }),
    );
  }

  /** Id of the invitation that was made last. */
  async newestInvite({ id }: Workspace): Promise<string> {
    const { data, error } = await this.service
      .from('workspace_invites')
      .select('id')
      .eq('workspace_id', id)
      .order('created_at', { ascending: false })
      .limit(1)
      .single();
    if (error) throw new Error(error.message);
    return data.id;
  }

  /** The rows of a table that an actor reads by the Data API, as sorted lines. */
  async reads(actor: Actor, table: Table): Promise<readonly string[] | Answer> {
    const columns: readonly string[] = COLUMNS[table];
    const answer: Answer = await actor.api.from(table).select(columns.join(','));
    if (answer.error) return answer;
    return answer.data
      .map((row: Record<string, unknown>) => line(...columns.map((name) => row[name])))
      .sort();
  }

  /** The difference between the rows that an actor sees and the model; undefined if there is none. */
  async differs(actor: Actor, table: Table): Promise<string | undefined> {
    const expected = this.model.sees(actor)[table];
    const got = await this.reads(actor, table);
    const who = `${actor.name} (session ${actor.session}) reads ${table}`;
    if ('error' in got) {
      // Without a row the trust check of the policy is not evaluated.
      if (!this.model.isLive(actor) && got.status < 500) return undefined;
      return `${who}: ${got.status} ${got.error?.code} ${got.error?.message}`;
    }
    if (got.join('\n') === expected.join('\n')) return undefined;
    const missing = expected.filter((each) => !got.includes(each));
    const forbidden = got.filter((each) => !expected.includes(each));
    return `${who}\n  missing:   ${missing.join('\n             ')}\n  forbidden: ${forbidden.join('\n             ')}`;
  }

  /** Compares all rows that everybody sees. */
  async differences(): Promise<readonly string[]> {
    const newest = this.members.flatMap((member) =>
      (Object.keys(COLUMNS) as Table[]).map((table) => this.differs(this.actor(member), table)),
    );
    const before = this.members
      .filter(({ sessions }) => sessions.length > 1)
      .map((member) => this.differs(this.actor(member, member.sessions.at(-2)), 'notes'));
    const all = await Promise.all([...newest, ...before]);
    return all.filter((each) => each !== undefined);
  }

  /** An id that does not exist. */
  readonly nobody = randomUUID();
}

export type { Member };
