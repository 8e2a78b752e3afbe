/** Refuses settings that cannot work or should not, before a template is made of them. */
import { checkClients } from './checks/clients.ts';
import { checkFederation } from './checks/federation.ts';
import { checkParts } from './checks/parts.ts';
import { checkPool } from './checks/pool.ts';
import { must, mustHave } from './checks/refuse.ts';
import { checkNoSecrets, checkSecretName } from './checks/secrets.ts';
import { isExisting, STAGES, type StageSettings } from './settings.ts';

function checkStage({ stage, region, account, removal }: StageSettings) {
  must(
    STAGES.includes(stage),
    'stage',
    `"${stage}" is none of ${STAGES.join(', ')}`,
    'npx cdk synth -c stage=dev',
  );
  must(
    /^[a-z]{2}(-[a-z]+)+-\d$/.test(region),
    'region',
    `"${region}" is not a region`,
    'As in eu-central-1.',
  );
  must(
    account === undefined || /^\d{12}$/.test(account),
    'account',
    `"${account}" is not an account`,
    'Twelve digits, as a string.',
  );
  must(
    stage !== 'prod' || removal === 'retain',
    'removal',
    'prod must not be destroyed with its stack',
    "Set it to 'retain'.",
  );
}

function checkSupabase({ supabase }: StageSettings) {
  const hint = 'https://REF.supabase.co, from the project’s settings.';
  const url = mustHave(supabase.url, 'supabase.url', hint);
  must(
    URL.canParse(url) && new URL(url).origin === url && url.startsWith('https:'),
    'supabase.url',
    `"${url}" is not the address of a project`,
    hint,
  );
  mustHave(
    supabase.publishableKey,
    'supabase.publishableKey',
    'sb_publishable_…, from the project’s API keys.',
  );
  if (supabase.secretName !== undefined)
    checkSecretName('supabase.secretName', supabase.secretName);
}

/**
 * Checks the settings of one stage.
 *
 * @returns the same settings
 * @throws KitError `SETTING_INVALID` or `SETTING_MISSING`, naming the first key that is wrong. It
 *   never shows a value that may be a secret.
 */
export function checkSettings(settings: StageSettings): StageSettings {
  checkNoSecrets(settings);
  checkStage(settings);
  checkSupabase(settings);
  checkPool(settings);
  checkClients(settings);
  checkFederation(settings);
  checkParts(settings);
  return settings;
}

/** What is one stage's alone: sharing any of it would mix test users with real ones. */
const OWN: readonly (readonly [string, (settings: StageSettings) => string | undefined])[] = [
  ['pool.existingId', ({ pool }) => (isExisting(pool) ? pool.existingId : undefined)],
  ['login.prefix', ({ login }) => (login && 'prefix' in login ? login.prefix : undefined)],
  ['login.domain', ({ login }) => (login && 'domain' in login ? login.domain : undefined)],
  ['api.domain.name', ({ api }) => api?.domain?.name],
  ['supabase.url', ({ supabase }) => supabase.url],
];

/** @throws KitError where two stages share a pool, a domain or a Supabase project */
export function checkStagesApart(stages: readonly StageSettings[]) {
  for (const [key, read] of OWN) {
    const seen = new Map<string, string>();
    for (const settings of stages) {
      const value = read(settings);
      if (value === undefined) continue;
      const other = seen.get(value);
      must(
        other === undefined,
        key,
        `${other} and ${settings.stage} share ${value}`,
        'Each stage has its own.',
      );
      seen.set(value, settings.stage);
    }
  }
}
