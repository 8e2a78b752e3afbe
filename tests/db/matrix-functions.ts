/** How each exposed function is called: `call`, and cases that the rules distinguish. */
import { type Statement, sql } from '../support/sql.ts';
import { type Cast, invitation, PERSONAS, type Persona } from './matrix-cast.ts';
import type { Row } from './matrix-scenario.ts';

export interface Call {
  readonly statement: (cast: Cast, persona: Persona) => Statement;
  /** Set-up by the owner of the database. */
  readonly before?: (cast: Cast, persona: Persona) => readonly Statement[];
  /** The name of a result without an error. @default - `ok` */
  readonly outcome?: (value: unknown, cast: Cast, persona: Persona) => string;
  /** Rows that the call changes although they did not belong to the persona before. */
  readonly admits?: (row: Row, cast: Cast) => boolean;
  /** Personas who may learn about others, by the application role support. */
  readonly tells?: readonly Persona[];
}

export type FunctionScenario = Readonly<Record<string, Call>>;

const TOKEN = 'the token of an invitation';
const accept: Call['statement'] = (cast) =>
  sql`select public.accept_invite(${`${TOKEN} ${cast.run}`}) as value`;
const invited = (cast: Cast, email: string) => invitation(cast, email, `${TOKEN} ${cast.run}`);

const invite =
  (role: string): Call['statement'] =>
  (cast) =>
    sql`select public.invite_member(${cast.acme}, 'new@example.com', ${role}) as value`;

const changeRole =
  (role: string, target?: string): Call['statement'] =>
  (cast, persona) =>
    sql`select public.change_member_role(${cast.acme}, ${cast.id(target ?? persona)}, ${role}) as value`;

/** An open invitation of somebody else, with a known id. */
const open =
  (role: string, where: 'acme' | 'globex') =>
  (cast: Cast): readonly Statement[] => [
    sql`insert into public.workspace_invites (id, workspace_id, email, role, token_hash)
      values (${cast.id('open invitation')}, ${cast[where]}, 'open@example.com', ${role}, 'open')`,
  ];
const withdraw: Call['statement'] = (cast) =>
  sql`select public.withdraw_invite(${cast.id('open invitation')}) as value`;

const assign =
  (where: 'acme' | 'globex', person: string): Call['statement'] =>
  (cast) =>
    sql`select public.assign_task(${cast.id(`task of ${cast[where]}`)}, ${cast.id(person)}) as value`;

/** The values that identify the caller. */
function ownProfile(value: unknown, cast: Cast, persona: Persona): string {
  const { profile, memberships } = value as {
    profile: Row | null;
    memberships: { workspace_id: string }[];
  };
  if (profile === null && memberships.length === 0) return 'none';
  const wanted = cast.isIn(persona, cast.acme) ? [cast.acme] : [];
  const own =
    cast.isSub(persona, profile?.cognito_sub) &&
    memberships.map((member) => member.workspace_id).join() === wanted.join();
  return own ? 'own' : 'some';
}

export const FUNCTIONS: Readonly<Record<string, FunctionScenario>> = {
  'public.ensure_profile()': {
    call: { statement: () => sql`select public.ensure_profile() as value` },
    'call: the first time': {
      statement: () => sql`select public.ensure_profile() as value`,
      before: (cast, persona) => [
        sql`delete from public.app_users where cognito_sub = ${cast.sub(persona)}`,
      ],
    },
  },

  'public.me()': {
    call: { statement: () => sql`select public.me() as value`, outcome: ownProfile },
  },

  'public.create_workspace(text)': {
    call: { statement: () => sql`select public.create_workspace('x') as value` },
    'call: without a name': {
      statement: () => sql`select public.create_workspace('') as value`,
    },
  },

  'public.invite_member(uuid, text, text)': {
    'call: as viewer': { statement: invite('viewer') },
    'call: as member': { statement: invite('member') },
    'call: as admin': { statement: invite('admin') },
    'call: as owner': { statement: invite('owner') },
    'call: as no such role': { statement: invite('king') },
    'call: at no address': {
      statement: (cast) =>
        sql`select public.invite_member(${cast.acme}, 'nobody', 'viewer') as value`,
    },
    'call: into the other workspace': {
      statement: (cast) =>
        sql`select public.invite_member(${cast.globex}, 'new@example.com', 'viewer') as value`,
    },
  },

  'public.accept_invite(text)': {
    'call: the own invitation': {
      before: (cast, persona) => [invited(cast, cast.email(persona))],
      statement: accept,
      admits: (row, cast) => row.workspace_id === cast.acme,
    },
    "call: another's invitation": {
      before: (cast) => [invited(cast, 'new@example.com')],
      statement: accept,
    },
    "call: another's, with no address known": {
      before: (cast, persona) => [
        invited(cast, 'new@example.com'),
        sql`update public.app_users set email = null where cognito_sub = ${cast.sub(persona)}`,
      ],
      statement: accept,
      admits: (row, cast) => row.workspace_id === cast.acme,
    },
    'call: a used one': {
      before: (cast, persona) => [
        invited(cast, cast.email(persona)),
        sql`update public.workspace_invites set accepted_at = now() where email = ${cast.email(persona)}`,
      ],
      statement: accept,
    },
    'call: an expired one': {
      before: (cast, persona) => [
        invited(cast, cast.email(persona)),
        sql`update public.workspace_invites set expires_at = now() where email = ${cast.email(persona)}`,
      ],
      statement: accept,
    },
    'call: one of somebody disabled': {
      before: (cast, persona) => [
        invited(cast, cast.email(persona)),
        sql`update public.workspace_invites set invited_by = ${cast.id('disabled')} where email = ${cast.email(persona)}`,
      ],
      statement: accept,
    },
    'call: one of somebody removed': {
      before: (cast, persona) => [
        invited(cast, cast.email(persona)),
        sql`update public.workspace_invites set invited_by = ${cast.id('colleague')} where email = ${cast.email(persona)}`,
        sql`delete from public.workspace_members where user_id = ${cast.id('colleague')}`,
      ],
      statement: accept,
    },
    'call: no such token': { statement: accept },
  },

  'public.withdraw_invite(uuid)': {
    'call: as viewer': { before: open('viewer', 'acme'), statement: withdraw },
    'call: as admin': { before: open('admin', 'acme'), statement: withdraw },
    'call: a used one': {
      before: (cast) => [
        ...open('viewer', 'acme')(cast),
        sql`update public.workspace_invites set accepted_at = now() where email = 'open@example.com'`,
      ],
      statement: withdraw,
    },
    'call: into the other workspace': { before: open('viewer', 'globex'), statement: withdraw },
    'call: no such invitation': {
      statement: () => sql`select public.withdraw_invite(gen_random_uuid()) as value`,
    },
  },

  'public.assign_task(uuid, uuid)': {
    'call: to a colleague': { statement: assign('acme', 'colleague') },
    'call: to nobody': {
      statement: (cast) =>
        sql`select public.assign_task(${cast.id(`task of ${cast.acme}`)}, null) as value`,
    },
    'call: to somebody outside': { statement: assign('acme', 'stranger') },
    'call: in the other workspace': { statement: assign('globex', 'partner') },
    'call: no such task': {
      statement: (cast) =>
        sql`select public.assign_task(gen_random_uuid(), ${cast.id('colleague')}) as value`,
    },
  },

  'public.change_member_role(uuid, uuid, text)': {
    'call: a viewer to member': { statement: changeRole('member', 'colleague') },
    'call: a viewer to admin': { statement: changeRole('admin', 'colleague') },
    'call: a viewer to owner': { statement: changeRole('owner', 'colleague') },
    'call: an owner to viewer': { statement: changeRole('viewer', 'disabled') },
    'call: oneself to owner': { statement: changeRole('owner') },
    'call: to no such role': { statement: changeRole('king', 'colleague') },
    'call: somebody outside': { statement: changeRole('viewer', 'stranger') },
    'call: in the other workspace': {
      statement: (cast) =>
        sql`select public.change_member_role(${cast.globex}, ${cast.id('partner')}, 'viewer') as value`,
    },
  },

  'public.remove_member(uuid, uuid)': {
    'call: a viewer': {
      statement: (cast) =>
        sql`select public.remove_member(${cast.acme}, ${cast.id('colleague')}) as value`,
    },
    'call: an owner': {
      statement: (cast) =>
        sql`select public.remove_member(${cast.acme}, ${cast.id('disabled')}) as value`,
    },
    'call: in the other workspace': {
      statement: (cast) =>
        sql`select public.remove_member(${cast.globex}, ${cast.id('partner')}) as value`,
    },
  },

  'public.leave_workspace(uuid)': {
    call: { statement: (cast) => sql`select public.leave_workspace(${cast.acme}) as value` },
    'call: the last owner': {
      // A disabled person cannot become the last owner, not even by the owner of the database.
      before: (cast, persona) =>
        cast.isOwner(persona) && persona !== 'disabled'
          ? [
              sql`update public.workspace_members set role = 'viewer'
                where workspace_id = ${cast.acme} and user_id <> ${cast.id(persona)}`,
            ]
          : [],
      statement: (cast) => sql`select public.leave_workspace(${cast.acme}) as value`,
    },
    'call: the other workspace': {
      statement: (cast) => sql`select public.leave_workspace(${cast.globex}) as value`,
    },
  },

  'public.transfer_ownership(uuid, uuid)': {
    'call: to a member': {
      statement: (cast) =>
        sql`select public.transfer_ownership(${cast.acme}, ${cast.id('colleague')}) as value`,
    },
    'call: to somebody disabled': {
      statement: (cast) =>
        sql`select public.transfer_ownership(${cast.acme}, ${cast.id('disabled')}) as value`,
    },
    'call: to oneself': {
      statement: (cast, persona) =>
        sql`select public.transfer_ownership(${cast.acme}, ${cast.id(persona)}) as value`,
    },
    'call: to somebody outside': {
      statement: (cast) =>
        sql`select public.transfer_ownership(${cast.acme}, ${cast.id('stranger')}) as value`,
    },
    'call: of the other workspace': {
      statement: (cast) =>
        sql`select public.transfer_ownership(${cast.globex}, ${cast.id('partner')}) as value`,
    },
  },

  'public.delete_profile(text)': {
    call: {
      statement: (cast) => sql`select public.delete_profile(${cast.sub('stranger')}) as value`,
    },
    'call: oneself': {
      statement: (cast, persona) =>
        sql`select public.delete_profile(${cast.sub(persona)}) as value`,
    },
  },

  'public.provision_profile(text, text)': {
    call: {
      statement: (cast) =>
        sql`select public.provision_profile(${cast.sub('stranger')}) is not null as value`,
    },
    'call: oneself': {
      statement: (cast, persona) =>
        sql`select public.provision_profile(${cast.sub(persona)}) is not null as value`,
    },
  },

  'public.find_user(text)': {
    call: {
      statement: (cast) =>
        sql`select coalesce(jsonb_agg(to_jsonb(u)), '[]') as value from public.find_user(${cast.email('stranger')}) as u`,
      outcome: (value) => ((value as unknown[]).length === 1 ? 'ok' : 'none'),
      tells: ['machine'],
    },
    'call: with application role support': {
      before: (cast, persona) => [
        sql`update public.app_users set role = 'support' where cognito_sub = ${cast.sub(persona)}`,
      ],
      statement: (cast) =>
        sql`select coalesce(jsonb_agg(to_jsonb(u)), '[]') as value from public.find_user(${cast.email('stranger')}) as u`,
      outcome: (value) => ((value as unknown[]).length === 1 ? 'ok' : 'none'),
      tells: PERSONAS,
    },
  },

  'public.sign_out_everywhere()': {
    call: { statement: () => sql`select public.sign_out_everywhere() as value` },
  },
  'public.disable_user(text)': {
    'call: somebody else': {
      statement: (cast) => sql`select public.disable_user(${cast.sub('stranger')}) as value`,
    },
    'call: oneself': {
      statement: (cast, persona) => sql`select public.disable_user(${cast.sub(persona)}) as value`,
    },
  },

  'public.enable_user(text)': {
    'call: who is disabled': {
      statement: (cast) => sql`select public.enable_user(${cast.sub('disabled')}) as value`,
    },
  },

  'public.revoke_user(text)': {
    call: {
      statement: (cast) => sql`select public.revoke_user(${cast.sub('stranger')}) as value`,
    },
    'call: oneself': {
      statement: (cast, persona) => sql`select public.revoke_user(${cast.sub(persona)}) as value`,
    },
  },
  'public.revoke_session(text)': {
    call: {
      statement: (cast) =>
        sql`select public.revoke_session(${`session-of-${cast.sub('stranger')}`}) as value`,
    },
  },
  'public.record_cognito_event(text, text, jsonb, text[], timestamp with time zone, text)': {
    call: {
      statement: (cast) =>
        sql`select public.record_cognito_event(${cast.sub('stranger')}, 'signed_in') as value`,
    },
    'call: about oneself': {
      statement: (cast, persona) =>
        sql`select public.record_cognito_event(${cast.sub(persona)}, 'signed_in') as value`,
    },
  },

  // None of these people is in a group of the pool. Administrators are in the pgTAP files.
  'public.begin_admin_operation(text, text, text, text, text)': {
    call: {
      statement: (cast) =>
        sql`select public.begin_admin_operation('key', 'request', 'disable user', ${cast.sub('stranger')}) as value`,
    },
  },
  'public.abandon_admin_operation(uuid)': {
    call: {
      statement: () => sql`select public.abandon_admin_operation(gen_random_uuid()) as value`,
    },
  },
  'public.finish_admin_operation(uuid, text, timestamp with time zone, jsonb)': {
    call: {
      statement: (cast) =>
        sql`select public.finish_admin_operation(gen_random_uuid(), ${cast.sub('stranger')}, now()) as value`,
    },
  },
  'public.admin_find_users(text, text, integer)': {
    call: { statement: () => sql`select public.admin_find_users() as value` },
  },
  'public.admin_read_user(text)': {
    call: {
      statement: (cast) => sql`select public.admin_read_user(${cast.sub('stranger')}) as value`,
    },
  },
  'public.apply_account_event(text, text, text, timestamp with time zone, jsonb, text[], text)': {
    call: {
      statement: (cast) =>
        sql`select public.apply_account_event('message', ${cast.sub('stranger')}, 'signed_out', now()) as value`,
    },
  },
  'public.block_address(text, text, timestamp with time zone)': {
    call: { statement: () => sql`select public.block_address('new@example.com') as value` },
  },
  'public.unblock_address(text)': {
    call: { statement: () => sql`select public.unblock_address('new@example.com') as value` },
  },
  'public.sign_in_problem(text, text[])': {
    call: {
      statement: (cast) => sql`select public.sign_in_problem(${cast.sub('disabled')}) as value`,
    },
  },
  'public.record_sign_in(text, timestamp with time zone, text, boolean)': {
    call: {
      statement: (cast) =>
        sql`select public.record_sign_in(${cast.sub('stranger')}, now()) as value`,
    },
  },
  'public.old_account(text)': {
    call: { statement: () => sql`select public.old_account('new@example.com') as value` },
  },
  'public.prepare_transfer(uuid, text)': {
    call: {
      statement: () =>
        sql`select public.prepare_transfer(gen_random_uuid(), 'new@example.com') as value`,
    },
  },
  'public.claim_transfer(text, text[])': {
    call: {
      statement: (cast, persona) =>
        sql`select public.claim_transfer(${cast.sub(persona)}, '{new@example.com}') as value`,
    },
  },
};
