/** Checks of the triggers around a sign-in: blocked people, people of an older project, mail of the functions. */
import { isExisting, type StageSettings } from '../settings.ts';
import { must } from './refuse.ts';
import { checkSecretName } from './secrets.ts';
import { checkProject } from './urls.ts';

function checkMigration({ migration }: StageSettings) {
  if (migration === undefined) return;
  const { url, publishableKey, secretName } = migration;
  if (url !== undefined) checkProject('migration.url', url);
  if (secretName !== undefined) checkSecretName('migration.secretName', secretName);
  must(
    (url === undefined) === (publishableKey === undefined) &&
      (url === undefined) === (secretName === undefined),
    'migration',
    'names a part of another project',
    'Set url, publishableKey and secretName, or none of them.',
  );
}

/** @throws KitError */
export function checkSignIn(settings: StageSettings) {
  const { pool, supabase, signIn, migration, messages } = settings;
  for (const [key, value] of Object.entries({ signIn, migration })) {
    if (value === undefined) continue;
    must(
      !isExisting(pool),
      key,
      'is for a pool of the stack, and this one exists already',
      'Leave it out: the stack adds no other trigger to an existing pool than pre-token.',
    );
    must(
      supabase.secretName !== undefined,
      key,
      'needs the secret key, because its trigger asks the database for the service',
      'Set supabase.secretName.',
    );
  }
  checkMigration(settings);
  for (const key of ['newDevice', 'signInCodes'] as const)
    must(
      !messages?.[key] || (!isExisting(pool) && pool.email !== undefined),
      `messages.${key}`,
      'needs a sender: the function sends this mail itself, by SES',
      'Set pool.email.',
    );
}
