/** The app of one stage with all its checks. `cdk synth` and the tests use it. */
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

/** Turns warnings of the built-in validator into errors. cdk.json has it too, for the CLI. */
export const CONTEXT = { '@aws-cdk/core:validateAgainstDefaultRules': true };

const validators = new Map<StageSettings['stage'], CloudFormationValidatePlugin>();

/**
 * One validator for a stage, however many apps are made, because its engine takes 130 MB of WebAssembly
 * memory that is never freed.
 */
function validatorOf(stage: StageSettings['stage']): CloudFormationValidatePlugin {
  const known = validators.get(stage);
  if (known) return known;
  const made = new CloudFormationValidatePlugin({ guardRules: guardRules(stage) });
  validators.set(stage, made);
  return made;
}

/** Adds the checks of a template. An error of any of them ends the synth. */
export function addChecks(app: App, stage: StageSettings['stage']) {
  // An added validator replaces the built-in one, and includes its rules.
  const validator = validatorOf(stage);
  // The cast: its type allows `version: undefined`, the interface it implements does not.
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), validator as IPolicyValidationPlugin);
}

/**
 * @param settings - checked
 * @param place - folders of functions and bundles
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
