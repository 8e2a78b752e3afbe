/** The Data API exposes the schemas of config.toml, and never one with data of all people. */
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { parseConfigToml } from '@cognito-supabase/local/config-toml';
import { readIfThere } from '@cognito-supabase/local/files';
import { z } from 'zod';
import { change, done, leftOut, type Step } from '../step.ts';
import type { World } from '../world.ts';

/** Schemas whose rows no policy guards. */
const NEVER = new Set([
  ...['cognito', 'cognito_analytics', 'cognito_audit', 'cognito_supabase'],
  ...['auth', 'cron', 'extensions', 'net', 'pgsodium', 'realtime', 'supabase_functions'],
  ...['supabase_migrations', 'vault', 'information_schema', 'pg_catalog'],
]);

const configSchema = z.object({
  api: z
    .object({ enabled: z.boolean().optional(), schemas: z.array(z.string()).optional() })
    .optional(),
});
type Api = z.infer<typeof configSchema>['api'];

const split = (schemas: string): readonly string[] =>
  schemas
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);

const isSame = (one: string, other: string): boolean => split(one).join() === split(other).join();

/** Of config.toml. */
async function configured(workdir: string): Promise<Api> {
  const text = await readIfThere(path.join(workdir, 'supabase/config.toml'));
  if (text === undefined) return undefined;
  const { data, error } = configSchema.safeParse(parseConfigToml(text, 'CONFIG_UNREADABLE'));
  if (data) return data.api;
  const issue = error.issues[0];
  const fault = `${issue?.path.map(String).join('.')}: ${issue?.message}`;
  const hint = 'correct the file, and run it again';
  throw new KitError('CONFIG_UNREADABLE', `supabase/config.toml: ${fault}`, hint);
}

/** Undefined: the Data API is off, and stays so. */
async function wantedSchemas({ workdir }: World, current: string): Promise<string | undefined> {
  const { enabled = true, schemas } = (await configured(workdir)) ?? {};
  const wanted = schemas ?? split(current);
  if (!enabled || wanted.length === 0) return undefined;
  const open = wanted.filter((name) => !NEVER.has(name));
  return open.length > 0 ? open.join(',') : 'public';
}

export const exposedSchemas: Step = {
  name: 'exposed schemas',
  async inspect(world) {
    const current = await world.api.exposedSchemas();
    const wanted = await wantedSchemas(world, current);
    if (wanted === undefined) return leftOut('the Data API is off');
    if (isSame(current, wanted)) return done(wanted);
    return change(`${current} → ${wanted}`, async () => {
      const { before } = world;
      if (before) await world.saveBefore({ ...before, exposedSchemasSet: wanted });
      await world.api.setExposedSchemas(wanted);
    });
  },
  async inspectUndo({ api }, before) {
    const current = await api.exposedSchemas();
    if (isSame(current, before.exposedSchemas)) return done('as it was before');
    if (!isSame(current, before.exposedSchemasSet ?? ''))
      return leftOut(`${current}, as somebody has set since; before: ${before.exposedSchemas}`);
    return change(`${current} → ${before.exposedSchemas}`, () =>
      api.setExposedSchemas(before.exposedSchemas),
    );
  },
};
