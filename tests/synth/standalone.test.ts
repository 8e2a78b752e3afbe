import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { describe, expect, it } from 'vitest';
import { DEPLOY_OUTPUTS } from '../../contract/settings.ts';
import { standaloneTemplate, TEMPLATE } from '../../infra/standalone/generate.ts';
import { claimsOf, golden } from '../unit/functions/pre-token/golden.ts';
import { findings, folder, only } from './support.ts';

const include = (stack: Stack) => new CfnInclude(stack, 'Template', { templateFile: TEMPLATE });

const load = (): Template => {
  process.env.CDK_VALIDATION = 'false';
  try {
    const stack = new Stack(new App({ outdir: folder() }), 'standalone');
    include(stack);
    return Template.fromStack(stack);
  } finally {
    delete process.env.CDK_VALIDATION;
  }
};

describe('the standalone template', () => {
  const text = readFileSync(TEMPLATE, 'utf8');

  it('is what infra/standalone/generate.ts writes', () => {
    expect(text).toBe(standaloneTemplate());
  });

  // The AWS CLI accepts 51,200 bytes without a bucket. This limit is lower, because people read the
  // template.
  it('has less than 16 KB', () => {
    expect(Buffer.byteLength(text)).toBeLessThan(16_000);
  });

  it('passes the validator and the Guard rules; cdk-nag finds only deliberate choices', () => {
    const found = findings('prod', { it: (stack) => void include(stack) }).it;
    // W1030: the default of LoginPrefix is too short for a domain, which is not made then.
    expect(found.filter((rule) => !/^(AwsSolutions-COG[28]|W1030)$/.test(rule))).toEqual([]);
  });

  it('has the trigger in it, which works', async () => {
    const { Code } = only(load(), 'AWS::Lambda::Function') as { Code: { ZipFile: string } };
    const module = { exports: {} as { handler?: (event: unknown) => Promise<unknown> } };
    // Loads it as Lambda loads inline code: CommonJS with an exported handler.
    new Function('exports', 'module', Code.ZipFile)(module.exports, module);
    const result = await module.exports.handler?.(golden('v3-authentication'));
    expect(claimsOf(result as never, 'access')).toEqual({ role: 'authenticated' });
  });

  it('has the pool that the app makes', () => {
    expect(only(load(), 'AWS::Cognito::UserPool')).toMatchObject({
      UserPoolTier: 'ESSENTIALS',
      IssuerConfiguration: { Type: 'ORIGINAL' },
      MfaConfiguration: 'OPTIONAL',
      LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion: 'V3_0' } },
    });
  });

  it('has outputs that the contract names', () => {
    const outputs = Object.keys(load().findOutputs('*'));
    expect(outputs).toContain('ClientId');
    expect(Object.keys(DEPLOY_OUTPUTS)).toEqual(expect.arrayContaining(outputs));
  });
});
