import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEPLOY_OUTPUTS } from '../../contract/settings.ts';
import { STAGES } from '../../infra/config/settings.ts';
import { loadStage } from '../../infra/config/stages.ts';
import { buildApp } from '../../infra/lib/app.ts';
import { check, EXISTING, FULL, folder, only, template } from './support.ts';

describe.each(STAGES)('%s', (stage) => {
  it('synthesizes offline, and no check finds anything, not even a warning', () => {
    expect(check(loadStage(stage))).toEqual([]);
  });

  it('has only outputs that the contract names', () => {
    const outputs = Object.keys(template(loadStage(stage)).findOutputs('*'));
    expect(outputs).not.toEqual([]);
    expect(Object.keys(DEPLOY_OUTPUTS)).toEqual(expect.arrayContaining(outputs));
  });
});

describe('a stage with everything that can be chosen', () => {
  it('passes every check', () => {
    expect(check(FULL)).toEqual([]);
  });

  it('has every output of the contract', () => {
    // A custom domain of the API and a firewall before it exclude each other.
    const domain = {
      name: 'api.example.com',
      certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/abc',
    };
    const { firewall: _, ...operations } = FULL.operations ?? {};
    const other = { ...FULL, api: { corsOrigins: [], domain }, operations };
    const outputs = [FULL, other].flatMap((all) => Object.keys(template(all).findOutputs('*')));
    expect([...new Set(outputs)].sort()).toEqual(Object.keys(DEPLOY_OUTPUTS).sort());
  });
});

describe('stages differ', () => {
  let dev: Template;
  let prod: Template;
  beforeAll(() => {
    dev = template(loadStage('dev'));
    prod = template(loadStage('prod'));
  });

  it('each has a pool of its own, under its own name', () => {
    const names = STAGES.map(
      (stage) => only(template(loadStage(stage)), 'AWS::Cognito::UserPool').UserPoolName,
    );
    expect(new Set(names).size).toBe(STAGES.length);
  });

  it('prod keeps its pool and everything with data; dev keeps nothing', () => {
    const policies = (from: Template) =>
      Object.values(from.toJSON().Resources as Record<string, { DeletionPolicy?: string }>)
        .map(({ DeletionPolicy }) => DeletionPolicy)
        .filter((policy) => policy !== undefined);
    expect(new Set(policies(prod))).toEqual(new Set(['RetainExceptOnCreate']));
    expect(new Set(policies(dev))).toEqual(new Set(['Delete']));
    expect(only(prod, 'AWS::Cognito::UserPool').DeletionProtection).toBe('ACTIVE');
    expect(only(dev, 'AWS::Cognito::UserPool').DeletionProtection).toBe('INACTIVE');
  });

  it('the stack of prod is protected from deletion, that of dev is not', () => {
    const stackOf = (stage: 'dev' | 'prod') =>
      buildApp(loadStage(stage), { bundlesDir: folder() }, { outdir: folder() }).stack;
    expect(stackOf('prod').terminationProtection).toBe(true);
    expect(stackOf('dev').terminationProtection).toBe(false);
  });

  it('prod has alarms and a firewall; dev has none', () => {
    const count = (from: Template, type: string) => Object.keys(from.findResources(type)).length;
    expect(count(prod, 'AWS::CloudWatch::Alarm')).toBeGreaterThan(5);
    prod.resourceCountIs('AWS::WAFv2::WebACL', 1);
    for (const type of [
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::WAFv2::WebACL',
      'AWS::SecretsManager::Secret',
    ]) {
      dev.resourceCountIs(type, 0);
    }
  });
});

describe('a pool that exists', () => {
  it('passes every check and makes no pool, no client and no domain', () => {
    expect(check(EXISTING)).toEqual([]);
    const made = template(EXISTING);
    for (const type of ['UserPool', 'UserPoolClient', 'UserPoolDomain']) {
      made.resourceCountIs(`AWS::Cognito::${type}`, 0);
    }
  });

  it('gets the function, and may call it', () => {
    const { SourceArn } = only(template(EXISTING), 'AWS::Lambda::Permission', /PreToken/);
    expect(JSON.stringify(SourceArn)).toContain(':userpool/eu-central-1_a1B2c3D4e');
  });

  it('its tokens open the API', () => {
    expect(only(template(EXISTING), 'AWS::ApiGatewayV2::Authorizer').JwtConfiguration).toEqual({
      Audience: ['abc'],
      Issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e',
    });
  });
});
