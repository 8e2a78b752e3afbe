/** Refuses settings that cannot work or are unsafe, before a template is made. */
import { checkClients } from './checks/clients.ts';
import { checkFederation } from './checks/federation.ts';
import { checkParts } from './checks/parts.ts';
import { checkPool } from './checks/pool.ts';
import { must, mustHave } from './checks/refuse.ts';
import { checkNoSecrets, checkSecretName } from './checks/secrets.ts';
import { checkSignIn } from './checks/sign-in.ts';
import { checkSignUp } from './checks/sign-up.ts';
import { checkProject, PROJECT_HINT } from './checks/urls.ts';
import { parseSettings } from './parse.ts';
import { isExisting, type StageSettings } from './settings.ts';

function checkStage({ stage, removal }: StageSettings) {
  must(
    stage !== 'prod' || removal === 'retain',
    'removal',
    'prod must not be destroyed with its stack',
    "Set it to 'retain'.",
  );
}

function checkSupabase({ supabase }: StageSettings) {
  const url = mustHave(supabase.url, 'supabase.url', PROJECT_HINT);
  checkProject('supabase.url', url);
  mustHave(
    supabase.publishableKey,
    'supabase.publishableKey',
    'sb_publishable_…, from the project’s API keys.',
  );
  if (supabase.secretName !== undefined)
    checkSecretName('supabase.secretName', supabase.secretName);
  must(
    !supabase.recordSignIns || supabase.secretName,
    'supabase.recordSignIns',
    'needs the secret key',
    'Set supabase.secretName.',
  );
}

/**
 * Checks the settings of one stage.
 *
 * @returns the same settings
 * @throws KitError `SETTING_INVALID` or `SETTING_MISSING`, naming the first wrong key. It
 * never shows a value that may be a secret.
 */
export function checkSettings(settings: StageSettings): StageSettings {
  // First, so that no other refusal can show a secret.
  checkNoSecrets(settings);
  parseSettings(settings);
  checkStage(settings);
  checkSupabase(settings);
  checkPool(settings);
  checkClients(settings);
  checkFederation(settings);
  checkSignUp(settings);
  checkSignIn(settings);
  checkParts(settings);
  return settings;
}

/** Settings that two stages may not share, because test users would mix with real ones. */
const OWN: readonly (readonly [string, (settings: StageSettings) => string | undefined])[] = [
  ['pool.existingId', ({ pool }) => (isExisting(pool) ? pool.existingId : undefined)],
  ['login.prefix', ({ login }) => (login && 'prefix' in login ? login.prefix : undefined)],
  ['login.domain', ({ login }) => (login && 'domain' in login ? login.domain : undefined)],
  ['api.domain.name', ({ api }) => api?.domain?.name],
  ['supabase.url', ({ supabase }) => supabase.url],
];

/** @throws KitError if two stages share a pool, a domain or a Supabase project */
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
  checkTenantsApart(stages);
}

/** An account has one IAM provider for a tenant of Auth0, so only one stage can make it. */
function checkTenantsApart(stages: readonly StageSettings[]) {
  const makers = new Map<string, string>();
  for (const { stage, account = 'the account that deploys', identityPool } of stages) {
    const { domain, providerArn } = identityPool?.auth0 ?? {};
    if (!domain || providerArn) continue;
    const place = `${account} ${domain}`;
    must(
      !makers.has(place),
      'identityPool.auth0.domain',
      `${makers.get(place)} and ${stage} would both make the provider of ${domain} in one account`,
      'Set identityPool.auth0.providerArn in the later one, or give each stage its account.',
    );
    makers.set(place, stage);
  }
}
