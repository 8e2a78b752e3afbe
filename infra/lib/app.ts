/** The app of one stage, with all that checks it: what `cdk synth` runs and the tests run. */
import {
  App,
  type AppProps,
  CloudFormationValidatePlugin,
  type IPolicyValidationPlugin,
  Validations,
} from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { StageSettings } from '../config/settings.ts';
import type { FunctionsPlace } from './bundle.ts';
import { guardRules } from './guard/rules.ts';
import { KitStack } from './stacks/kit-stack.ts';

/** Makes the built-in validator's warnings errors. Also in cdk.json, where the CLI reads it. */
export const CONTEXT = { '@aws-cdk/core:validateAgainstDefaultRules': true };

const validators = new Map<StageSettings['stage'], CloudFormationValidatePlugin>();

/**
 * One validator a stage, whatever number of apps are made: its engine takes 130 MB of WebAssembly's
 * memory, which is never given back.
 */
function validatorOf(stage: StageSettings['stage']): CloudFormationValidatePlugin {
  const known = validators.get(stage);
  if (known) return known;
  const made = new CloudFormationValidatePlugin({ guardRules: guardRules(stage) });
  validators.set(stage, made);
  return made;
}

/** Adds what checks a template before anybody can deploy it: an error of any of them ends the synth. */
export function addChecks(app: App, stage: StageSettings['stage']) {
  // One that is added takes the place of the one that is there anyway, and has its rules too.
  const validator = validatorOf(stage);
  // The cast: its type allows `version: undefined`, the interface it implements does not.
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), validator as IPolicyValidationPlugin);
}

/**
 * @param settings - checked
 * @param place - where functions come from and bundles go
 */
export function buildApp(
  settings: StageSettings,
  place: FunctionsPlace = {},
  props: AppProps = {},
) {
  const app = new App({ ...props, context: { ...CONTEXT, ...props.context } });
  addChecks(app, settings.stage);
  const stack = new KitStack(app, `cognito-supabase-${settings.stage}`, {
    settings,
    place,
    description: `Cognito for Supabase, stage ${settings.stage}`,
    env: { region: settings.region, ...(settings.account && { account: settings.account }) },
    terminationProtection: settings.removal === 'retain',
  });
  return { app, stack };
}
