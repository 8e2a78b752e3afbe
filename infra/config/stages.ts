/** All stages, by name. */
import { KitError } from '@cognito-supabase/contract/errors';
import { checkSettings, checkStagesApart } from './check.ts';
import { must } from './checks/refuse.ts';
import { dev } from './dev.ts';
import { prod } from './prod.ts';
import { STAGES, type StageName, type StageSettings } from './settings.ts';
import { staging } from './staging.ts';

const stages: Readonly<Record<StageName, StageSettings>> = { dev, staging, prod };

/**
 * The checked settings of a stage.
 *
 * @param name - from `-c stage=…`
 * @throws KitError
 */
export function loadStage(name: unknown): StageSettings {
  if (name === undefined || name === '') {
    throw new KitError(
      'SETTING_MISSING',
      `stage: is missing; one of ${STAGES.join(', ')}`,
      'npx cdk synth -c stage=dev',
    );
  }
  const stage = STAGES.find((known) => known === name);
  must(
    stage,
    'stage',
    `"${name}" is not one of ${STAGES.join(', ')}`,
    'npx cdk synth -c stage=dev',
  );
  must(
    stages[stage].stage === stage,
    'stage',
    `config/${stage}.ts says ${stages[stage].stage}`,
    'Copied from another stage? Then look at the rest of it too.',
  );
  checkStagesApart(Object.values(stages));
  return checkSettings(stages[stage]);
}

/** Keys whose values are still the examples of this repository. */
export function examplesIn(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return /example\.(com|org)|your-/.test(value) ? [key] : [];
  if (!value || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, item]) =>
    examplesIn(item, Array.isArray(value) ? `${key}[${name}]` : key ? `${key}.${name}` : name),
  );
}
