/** `cognito-supabase.config.ts` of a project: how its local stack is to be. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { KitError } from '@cognito-supabase/contract/errors';
import {
  createPreTokenHandler,
  type PreTokenOptions,
} from '@cognito-supabase/lambda/public/pre-token';
import { z } from 'zod';
import type { TriggerHandler } from './cognito/triggers/invoke.ts';
import { checkConfigToml } from './config-toml.ts';

/** Somebody who can sign in as soon as the stack runs. The password is public: the stack is on one machine only. */
export interface LocalPerson {
  readonly email: string;
  /** 12 characters or more, with upper and lower case, a digit and a symbol. */
  readonly password: string;
  /** @default - none */
  readonly groups?: readonly string[];
}

/** An app client of a program, which signs in with an id and a secret. */
export interface LocalMachine {
  readonly name: string;
  /** `RESOURCE-SERVER/SCOPE`, as in `letters/read`. They are made if they are not there. */
  readonly scopes: readonly string[];
  /** Its application role in the database. @default - none */
  readonly appRole?: 'user' | 'support' | 'admin';
}

/** What a program needs to sign in. */
export interface MachineAccess {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenEndpoint: string;
  readonly scopes: readonly string[];
  readonly appRole?: LocalMachine['appRole'];
}

export interface ProjectConfig {
  /** First of eight ports in a row. @default - 54320, or the next free ones */
  readonly port?: number;
  /** Web apps that may call the stack, as in `http://localhost:5173`. @default - the ports of Vite and Next.js */
  readonly origins?: readonly string[];
  /** @default - two demo users */
  readonly people?: readonly LocalPerson[];
  /** Groups of the pool besides those of `people`. @default - none */
  readonly groups?: readonly string[];
  /** @default - none */
  readonly machines?: readonly LocalMachine[];
  /**
   * The pre-token trigger: settings of the kit's, or a handler of the project itself.
   *
   * @default - the kit's, with the groups admin and support as `app_role`
   */
  readonly preToken?: PreTokenOptions | TriggerHandler;
  /** Applies migrations when they are saved. @default - false */
  readonly watch?: boolean;
  /** Where the types of schema public are written, from the folder of this file. @default - nowhere */
  readonly types?: string;
}

const NAMES = ['ts', 'mts', 'js', 'mjs'].map((ending) => `cognito-supabase.config.${ending}`);

const text = z.string().min(1);
/** What CreateGroup and CreateUserPoolClient take. */
const groupName = z.string().regex(/^[^\s\p{Cc}]{1,128}$/u, 'a name without white space');
const CONFIG = z.strictObject({
  port: z.int().min(0).max(65_528).optional(),
  origins: z.array(text).optional(),
  people: z
    .array(
      z.strictObject({
        email: z.email(),
        password: z.string().min(12, 'at least 12 characters'),
        groups: z.array(groupName).optional(),
      }),
    )
    .optional(),
  groups: z.array(groupName).optional(),
  machines: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w-]{1,64}$/, 'letters, digits, - and _'),
        scopes: z.array(z.string().regex(/^[^\s/]+\/[^\s/]+$/, 'RESOURCE-SERVER/SCOPE')).min(1),
        appRole: z.enum(['user', 'support', 'admin']).optional(),
      }),
    )
    .optional(),
  preToken: z
    .union([
      z.custom<TriggerHandler>((value) => typeof value === 'function'),
      z.strictObject({
        appRoleGroups: z.array(groupName).optional(),
        emailClaim: z.boolean().optional(),
        machineClaims: z.record(text, z.record(text, z.unknown())).optional(),
        extend: z.custom<object>((value) => typeof value === 'function').optional(),
        warn: z.custom<object>((value) => typeof value === 'function').optional(),
      }),
    ])
    .optional(),
  watch: z.boolean().optional(),
  types: text.optional(),
});

/** The file of the project; undefined if it has none. */
export const configFileOf = (workdir: string): string | undefined =>
  NAMES.map((name) => path.join(workdir, name)).find((file) => existsSync(file));

/**
 * Reads the project's file. A project without one has no settings of its own. supabase/config.toml is checked, too, so
 * that a fault there is found before Postgres is started.
 *
 * @param workdir the folder that holds supabase/.
 * @throws KitError SETTING_INVALID with the name of the setting, or the error of the file
 */
export async function loadProjectConfig(workdir: string): Promise<ProjectConfig> {
  await checkConfigToml(workdir);
  const file = configFileOf(workdir);
  if (file === undefined) return {};
  const name = path.basename(file);
  const fault = (message: string, cause?: unknown) =>
    new KitError('SETTING_INVALID', message, 'correct the file, and start again', { cause });
  const loaded = await import(pathToFileURL(file).href).catch((cause: unknown) => {
    throw fault(
      `${name} cannot be loaded: ${cause instanceof Error ? cause.message : cause}`,
      cause,
    );
  });
  if (loaded.default === undefined) throw fault(`${name} has no default export`);
  const { error } = CONFIG.safeParse(loaded.default);
  const issue = error?.issues[0];
  if (issue === undefined) return loaded.default as ProjectConfig;
  const where = issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : '';
  throw fault(`${name}: ${where}${issue.message}`);
}

/** The handler of the project's pool; undefined is the stack's own. */
export function preTokenOf({ preToken }: ProjectConfig): TriggerHandler | undefined {
  if (preToken === undefined || typeof preToken === 'function') return preToken;
  return createPreTokenHandler(preToken);
}
