#!/usr/bin/env node
/** The CDK app. The context names the stage: `npx cdk synth -c stage=dev`. */
import { KitError } from '@cognito-supabase/contract/errors';
import { App } from 'aws-cdk-lib';
import { examplesIn, loadStage } from '../config/stages.ts';
import { buildApp } from '../lib/app.ts';
import { missingTriggers, triggersWithoutKey } from '../lib/triggers.ts';

try {
  // A separate app, to read the context before the real app is made.
  const settings = loadStage(new App({ autoSynth: false }).node.tryGetContext('stage'));
  const examples = examplesIn(settings);
  if (examples.length) console.error(`note: still examples: ${examples.join(', ')}`);
  console.error(
    `note: not in functions/, so left out: ${missingTriggers().join(', ') || 'nothing'}`,
  );
  const keyless = triggersWithoutKey(settings.supabase);
  if (keyless.length)
    console.error(`note: left out without supabase.secretName: ${keyless.join(', ')}`);
  buildApp(settings).app.synth();
} catch (error) {
  if (!(error instanceof KitError)) throw error;
  console.error(`error ${error.code}: ${error.message}\n→ ${error.hint}`);
  process.exitCode = 1;
}
