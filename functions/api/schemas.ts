/** What requests and answers of the API look like. Handlers check against them, and the OpenAPI document shows them. */
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// Without a language, zod/mini has no messages.
z.config(en());

const name = (description: string, longest: number) =>
  z.string().check(z.minLength(1), z.maxLength(longest), z.meta({ description }));

const time = z.string().check(z.meta({ description: 'ISO 8601', format: 'date-time' }));
const optionalText = z.nullable(z.string());
const optionalTime = z.nullable(time);

/** Of a database row: a project may have added columns. */
const row = z.looseObject;

export const Health = z.object({ status: z.literal('ok') });

export const Me = row({
  profile: row({ id: z.uuid(), cognito_sub: z.string(), email: optionalText }),
  memberships: z.array(row({})),
  permissions: z.array(z.string()),
});

export const WorkspaceParameters = z.object({ id: z.uuid() });

export const Workspace = row({
  id: z.uuid(),
  name: z.string(),
  created_at: time,
  updated_at: time,
  members: z.array(row({ user_id: z.uuid(), role: z.string(), created_at: time })),
});

export const UserParameters = z.object({ sub: name('Claim sub of the person.', 255) });

export const GroupParameters = z.object({
  sub: name('Claim sub of the person.', 255),
  // Source: Cognito API reference, GroupName.
  group: name('Group of the user pool.', 128).check(z.regex(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u)),
});

export const UserQuery = z.strictObject({
  email: z.optional(name('Exactly this address, in any case.', 320)),
  cursor: z.optional(name('Of the page before.', 255)),
  limit: z.optional(
    z
      .string()
      .check(z.regex(/^([1-9]\d?|1\d\d|200)$/), z.meta({ description: '1 to 200. Default: 50.' })),
  ),
});

const userFields = {
  sub: z.string(),
  email: optionalText,
  email_verified: z.nullable(z.boolean()),
  status: optionalText,
  enabled: z.nullable(z.boolean()),
  groups: z.nullable(z.array(z.string())),
  created_at: optionalTime,
  last_active_at: optionalTime,
};

export const UserPage = z.object({ users: z.array(z.object(userFields)), cursor: optionalText });

export const User = z.object({
  ...userFields,
  username: optionalText,
  deleted_at: optionalTime,
  profile: z.nullable(
    z.object({
      id: z.uuid(),
      display_name: optionalText,
      role: z.string(),
      billing_plan: z.string(),
    }),
  ),
  /** Why the person cannot sign in. */
  problem: optionalText,
  sign_ins: z.array(
    z.object({ at: time, client_id: optionalText, new_device: z.nullable(z.boolean()) }),
  ),
  history: z.array(
    z.object({ at: time, field: z.string(), before: z.unknown(), after: z.unknown() }),
  ),
  operations: z.array(
    z.object({
      at: time,
      operation: z.string(),
      group: optionalText,
      state: z.string(),
      by: z.string(),
    }),
  ),
});

export const NewUser = z.strictObject({
  email: z.email().check(z.maxLength(320)),
  groups: z.optional(z.array(GroupParameters.shape.group).check(z.maxLength(20))),
  /** Cognito mails an invitation with a temporary password. */
  invite: z.optional(z.boolean()),
});

export const CreatedUser = z.object({ sub: z.string() });
export const Done = z.object({});
export const Groups = z.object({ groups: z.array(z.string()) });

export const DeletedUser = z.object({
  profile: z.boolean(),
  /** The first 1000 files that the person owns. They stay: delete them by the Storage API. */
  files: z.array(z.object({ bucket: z.string(), name: z.string() })),
});

/** An operation that Cognito has done, and that the database does soon. */
export const Finishing = z.object({ operation: z.uuid(), state: z.literal('finishing') });

const KINDS = [
  'signed_up',
  'confirmed',
  'signed_in',
  'changed',
  'enabled',
  'disabled',
  'regrouped',
  'deleted',
  'signed_out',
] as const;

export const WebhookEvent = z.strictObject({
  kind: z.enum(KINDS),
  sub: UserParameters.shape.sub,
  occurred_at: z.iso.datetime({ offset: true }),
  username: z.optional(name('In the pool.', 255)),
  attributes: z.optional(z.record(z.string(), z.string())),
  groups: z.optional(z.array(z.string()).check(z.maxLength(100))),
});

export const WebhookAnswer = z.object({
  /** False for a message that was applied before. */
  applied: z.boolean(),
});

/** RFC 9457. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  requestId: z.optional(z.string()),
});

export const Document = z.looseObject({ openapi: z.string() });
