/**
 * How each exposed table is tried. A label begins with the operation; the case follows after the colon.
 * Statements have no `where`, so the policies alone decide, on rows that exist for everybody.
 */
import { sql } from '../support/sql.ts';
import { type Cast, invitation, type Persona } from './matrix-cast.ts';
import { PLATFORM_TABLES } from './matrix-platform.ts';
import type { TableScenario } from './matrix-scenario.ts';

const ofWorkspaces = (table: string) => (cast: Cast) => ({
  text: `select * from ${table} where workspace_id = any ($1)`,
  values: [[cast.acme, cast.globex]],
});
const ofMyWorkspace: TableScenario['mine'] = (row, persona, cast) =>
  cast.isIn(persona, row.workspace_id);
/** anon and machines have no profile. This person stands for the one that they could be confused with. */
const idOf = (cast: Cast, persona: Persona) =>
  cast.id(cast.people.includes(persona) ? persona : 'outsider');

export const TABLES: Readonly<Record<string, TableScenario>> = {
  'public.app_users': {
    key: ['id'],
    rows: (cast) =>
      sql`select * from public.app_users where cognito_sub like ${`%${cast.run}`} or id = any (${cast.people.map((name) => cast.id(name))})`,
    mine: (row, persona, cast) => cast.isSub(persona, row.cognito_sub),
    operations: {
      select: {},
      insert: { statement: () => sql`insert into public.app_users (display_name) values ('x')` },
      'insert: the first time': {
        statement: () => sql`insert into public.app_users (display_name) values ('x')`,
        // This row disables the person, who cannot delete it.
        before: (cast, persona) =>
          persona === 'disabled'
            ? []
            : [
                sql`update public.app_users set cognito_sub = ${`gone-${cast.run}`} where cognito_sub = ${cast.sub(persona)}`,
              ],
      },
      'insert: as somebody else': {
        statement: (cast) =>
          sql`insert into public.app_users (cognito_sub) values (${`new-${cast.run}`})`,
      },
      'update: the name': {
        statement: () => sql`update public.app_users set display_name = 'changed'`,
      },
      'update: an empty name': {
        statement: () => sql`update public.app_users set display_name = ''`,
      },
      'update: role': { statement: () => sql`update public.app_users set role = 'admin'` },
      'update: billing_plan': {
        statement: () => sql`update public.app_users set billing_plan = 'pro'`,
      },
      'update: cognito_sub': {
        statement: (cast) => sql`update public.app_users set cognito_sub = ${`new-${cast.run}`}`,
      },
      delete: { statement: () => sql`delete from public.app_users` },
    },
  },

  'public.notes': {
    key: ['id'],
    rows: (cast) => sql`select * from public.notes where owner_sub like ${`%${cast.run}`}`,
    mine: (row, persona, cast) => cast.isSub(persona, row.owner_sub),
    operations: {
      select: {},
      insert: { statement: () => sql`insert into public.notes (body) values ('x')` },
      'insert: as somebody else': {
        statement: (cast) =>
          sql`insert into public.notes (owner_sub, body) values (${cast.sub('stranger')}, 'x')`,
      },
      'insert: too long': {
        statement: () => sql`insert into public.notes (body) values (repeat('x', 4001))`,
      },
      'update: the text': { statement: () => sql`update public.notes set body = 'changed'` },
      'update: give away': {
        statement: (cast) => sql`update public.notes set owner_sub = ${cast.sub('stranger')}`,
      },
      delete: { statement: () => sql`delete from public.notes` },
    },
  },

  'public.workspaces': {
    key: ['id'],
    rows: (cast) =>
      sql`select * from public.workspaces where id = any (${[cast.acme, cast.globex]})`,
    mine: (row, persona, cast) => cast.isIn(persona, row.id),
    operations: {
      select: {},
      insert: { statement: () => sql`insert into public.workspaces (name) values ('x')` },
      'update: the name': { statement: () => sql`update public.workspaces set name = 'changed'` },
      'update: a name too long': {
        statement: () => sql`update public.workspaces set name = repeat('x', 201)`,
      },
      'update: the id': {
        statement: () => sql`update public.workspaces set id = gen_random_uuid()`,
      },
      delete: { statement: () => sql`delete from public.workspaces` },
    },
  },

  'public.workspace_members': {
    key: ['workspace_id', 'user_id'],
    rows: ofWorkspaces('public.workspace_members'),
    mine: ofMyWorkspace,
    operations: {
      select: {},
      insert: {
        statement: (cast, persona) =>
          sql`insert into public.workspace_members (workspace_id, user_id, role)
            values (${cast.globex}, ${idOf(cast, persona)}, 'owner')`,
      },
      'update: role': { statement: () => sql`update public.workspace_members set role = 'owner'` },
      'update: move': {
        statement: (cast) => sql`update public.workspace_members set workspace_id = ${cast.globex}`,
      },
      delete: { statement: () => sql`delete from public.workspace_members` },
    },
  },

  'public.workspace_invites': {
    key: ['id'],
    rows: ofWorkspaces('public.workspace_invites'),
    mine: ofMyWorkspace,
    operations: {
      select: {},
      'select: hash of the token': {
        statement: () => sql`select id, token_hash from public.workspace_invites`,
      },
      insert: { statement: (cast) => invitation(cast, 'new@example.com', 'chosen') },
      'update: role': { statement: () => sql`update public.workspace_invites set role = 'admin'` },
      'update: expires_at': {
        statement: () => sql`update public.workspace_invites set expires_at = 'infinity'`,
      },
      delete: { statement: () => sql`delete from public.workspace_invites` },
    },
  },

  'public.tasks': {
    key: ['id'],
    rows: ofWorkspaces('public.tasks'),
    mine: ofMyWorkspace,
    operations: {
      select: {},
      insert: {
        statement: (cast) =>
          sql`insert into public.tasks (workspace_id, title) values (${cast.acme}, 'x')`,
      },
      'insert: a title too long': {
        statement: (cast) =>
          sql`insert into public.tasks (workspace_id, title) values (${cast.acme}, repeat('x', 501))`,
      },
      'insert: no such status': {
        statement: (cast) =>
          sql`insert into public.tasks (workspace_id, title, status) values (${cast.acme}, 'x', 'lost')`,
      },
      'insert: into the other workspace': {
        statement: (cast) =>
          sql`insert into public.tasks (workspace_id, title) values (${cast.globex}, 'x')`,
      },
      'update: the title': { statement: () => sql`update public.tasks set title = 'changed'` },
      'update: move': {
        statement: (cast) => sql`update public.tasks set workspace_id = ${cast.globex}`,
      },
      delete: { statement: () => sql`delete from public.tasks` },
    },
  },

  'public.task_assignments': {
    key: ['task_id'],
    rows: ofWorkspaces('public.task_assignments'),
    mine: ofMyWorkspace,
    operations: {
      select: {},
      insert: {
        statement: (cast) =>
          sql`insert into public.task_assignments (task_id, workspace_id, user_id)
            select id, workspace_id, ${cast.id('colleague')} from public.tasks where title = 'two'`,
      },
      update: {
        statement: (cast) =>
          sql`update public.task_assignments set user_id = ${cast.id('colleague')}`,
      },
      delete: { statement: () => sql`delete from public.task_assignments` },
    },
  },

  ...PLATFORM_TABLES,
};
