import { type Stack, Validations } from 'aws-cdk-lib';
import { CfnUserPool, CfnUserPoolClient, CfnUserPoolResourceServer } from 'aws-cdk-lib/aws-cognito';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { beforeAll, describe, expect, it } from 'vitest';
import { STAGES } from '../../infra/config/settings.ts';
import { loadStage } from '../../infra/config/stages.ts';
import { buildApp } from '../../infra/lib/app.ts';
import { FULL, findings, folder } from './support.ts';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:x';
const userPoolId = 'eu-central-1_abcdefghi';

const pool = (tier: string | undefined, more: object) => (stack: Stack) => {
  new CfnUserPool(stack, 'Pool', { ...(tier && { userPoolTier: tier }), ...more });
};
const trigger = (lambdaVersion: string) => ({
  lambdaConfig: { preTokenGenerationConfig: { lambdaArn: ARN, lambdaVersion } },
});
const addOns = (advancedSecurityMode: string) => ({ userPoolAddOns: { advancedSecurityMode } });
const client = (more: object) => (stack: Stack) => {
  new CfnUserPoolClient(stack, 'Client', { userPoolId, ...more });
};

/** Rule → a stack that breaks it → its neighbour that does not. */
const RULES = [
  ['TRIGGER_NEEDS_PLAN', pool('LITE', trigger('V2_0')), pool('ESSENTIALS', trigger('V2_0'))],
  ['TRIGGER_NEEDS_PLAN', pool('LITE', trigger('V3_0')), pool('LITE', trigger('V1_0'))],
  ['TRIGGER_NEEDS_PLAN', pool(undefined, trigger('V3_0')), pool('PLUS', trigger('V3_0'))],
  [
    'THREAT_PROTECTION_NEEDS_PLUS',
    pool('ESSENTIALS', addOns('ENFORCED')),
    pool('PLUS', addOns('ENFORCED')),
  ],
  ['THREAT_PROTECTION_NEEDS_PLUS', pool('LITE', addOns('AUDIT')), pool('LITE', addOns('OFF'))],
  [
    'NO_IMPLICIT_FLOW',
    client({ allowedOAuthFlows: ['code', 'implicit'] }),
    client({ allowedOAuthFlows: ['code'] }),
  ],
  [
    'CLIENT_CREDENTIALS_NEED_SECRET',
    client({ allowedOAuthFlows: ['client_credentials'] }),
    client({ allowedOAuthFlows: ['client_credentials'], generateSecret: true }),
  ],
  [
    'CALLBACKS_ARE_ENCRYPTED',
    client({ callbackUrLs: ['https://a.example.com', 'http://localhost:1'] }),
    client({ callbackUrLs: ['https://a.example.com', 'com.example.app://in'] }),
  ],
] as const;

/** Every stack above, in one synth. */
const stacks = Object.fromEntries(
  RULES.flatMap(([rule, broken, whole], index) => [
    [`${rule} ${index} broken`, broken],
    [`${rule} ${index} whole`, whole],
  ]),
);

const named = (name: string) => (stack: Stack) => {
  new CfnUserPoolResourceServer(stack, 'Server', { userPoolId, identifier: 'x', name });
};

describe('errors that stop a synth', () => {
  let found: Record<string, string[]>;
  beforeAll(() => {
    found = findings('prod', {
      ...stacks,
      'a name that is a URL': named('https://x'),
      'a name': named('x'),
      'an open bucket': (stack) => {
        new Bucket(stack, 'Bucket');
      },
    });
  });

  it.each(RULES.map(([rule], index) => [rule, index] as const))(
    'Guard rule %s, for the stack that breaks it and no other (%i)',
    (rule, index) => {
      expect(found[`${rule} ${index} broken`]).toContain(rule);
      expect(found[`${rule} ${index} whole`]).not.toContain(rule);
    },
  );

  it('the built-in validator, whose findings are errors', () => {
    expect(found['a name that is a URL']).toContain('F3031');
    expect(found['a name']).toEqual([]);
  });

  it('cdk-nag AwsSolutions', () => {
    expect(found['an open bucket']).toContain('AwsSolutions-S10');
  });
});

describe('acknowledgements', () => {
  it.each([...STAGES.map((stage) => [stage, loadStage(stage)] as const), ['full', FULL] as const])(
    'of %s say why',
    (_, settings) => {
      const { stack } = buildApp(settings, { bundlesDir: folder() }, { outdir: folder() });
      const reasons = stack.node
        .findAll()
        .flatMap((node: IConstruct) =>
          node.node.metadata
            .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
            .map(({ data }) => JSON.stringify(data)),
        );
      expect(reasons).not.toEqual([]);
      for (const reason of reasons) {
        expect(reason).toMatch(/AwsSolutions-/);
        // Two words are not enough for a reason.
        expect(reason.split(' ').length).toBeGreaterThan(4);
      }
    },
  );
});
