/** The Data API exposes the schemas of config.toml, and never one with data of all people. */
import path from 'node:path';
import { KitError } from '@cognito-supabase/contract/errors';
import { readIfThere } from '@cognito-supabase/local/files';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { change, done, type Step } from '../step.ts';
import type { World } from '../world.ts';

/** Schemas whose rows no policy guards. */
const NEVER = new Set([
  ...['cognito', 'cognito_analytics', 'cognito_audit', 'cognito_supabase'],
  ...['auth', 'cron', 'extensions', 'supabase_migrations', 'vault'],
]);

const configSchema = z.object({
  api: z.object({ schemas: z.array(z.string()).optional() }).optional(),
});

const split = (schemas: string): readonly string[] =>
  schemas
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);

/** Of config.toml; undefined if it does not name any. */
async function configured(workdir: string): Promise<readonly string[] | undefined> {
  const text = await readIfThere(path.join(workdir, 'supabase/config.toml'));
  if (text === undefined) return undefined;
  try {
    return configSchema.parse(parse(text)).api?.schemas;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'it cannot be read';
    const hint = 'correct the file and run it again';
    throw new KitError('CONFIG_UNREADABLE', `supabase/config.toml: ${reason}`, hint, { cause });
  }
}

async function wantedSchemas({ workdir }: World, current: string): Promise<readonly string[]> {
  const wanted = (await configured(workdir)) ?? split(current);
  const open = wanted.filter((name) => !NEVER.has(name));
  return open.length > 0 ? open : ['public'];
}

export const exposedSchemas: Step = {
  name: 'exposed schemas',
  async inspect(world) {
    const current = await world.api.exposedSchemas();
    const wanted = (await wantedSchemas(world, current)).join(',');
    if (split(current).join(',') === wanted) return done(wanted);
    return change(`${current} → ${wanted}`, () => world.api.setExposedSchemas(wanted));
  },
  async inspectUndo({ api }, before) {
    const current = await api.exposedSchemas();
    if (current === before.exposedSchemas) return done('as it was before');
    return change(`${current} → ${before.exposedSchemas}`, () =>
      api.setExposedSchemas(before.exposedSchemas),
    );
  },
};
