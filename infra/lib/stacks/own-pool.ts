/** A pool that the stack makes, with its triggers, clients and domain. */
import {
  AppClients,
  Federation,
  type FunctionDefaults,
  IdentityPool,
  KitUserPool,
  LoginDomain,
  OtherTriggers,
  PoolLogs,
  ThreatProtection,
} from '@cognito-supabase/cdk';
import type { UserPool } from 'aws-cdk-lib/aws-cognito';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { planOf } from '../../config/checks/pool.ts';
import { isExisting, type StageSettings } from '../../config/settings.ts';
import { federatedAttributes } from '../constructs/federation.ts';
import { explain } from '../explain.ts';

export interface OwnPoolProps {
  readonly settings: StageSettings;
  readonly functions: FunctionDefaults;
  /** Prefix of names in Secrets Manager. */
  readonly prefix: string;
}

/** Pool, triggers except pre-token, providers, clients, managed login, identity pool, in this order. */
export class OwnPool extends Construct {
  readonly pool: UserPool;
  readonly clients: AppClients;
  readonly triggers: ReadonlyMap<string, Lambda>;
  /** Events of users that the database never took. */
  readonly deadLetters: Queue | undefined;
  /** Of what the database did not take. */
  readonly queue: Queue | undefined;
  readonly login: LoginDomain | undefined;
  readonly identities: IdentityPool | undefined;

  constructor(scope: Construct, id: string, { settings, functions, prefix }: OwnPoolProps) {
    super(scope, id);
    const { stage, pool: wanted, clients, federation, login, identityPool } = settings;
    if (isExisting(wanted) || !clients) throw new Error('settings were not checked');
    const { removalPolicy, encryptionKey, logDays } = functions;
    const removal = removalPolicy ? { removalPolicy } : {};
    const kept = { ...removal, ...(encryptionKey && { encryptionKey }) };

    const { pool, groups } = new KitUserPool(this, 'Pool', {
      ...wanted,
      ...removal,
      name: `cognito-supabase-${stage}`,
    });
    this.pool = pool;
    if (wanted.risk) {
      const { risk, email } = wanted;
      new ThreatProtection(this, 'Risk', { pool, risk, ...(email && { email }) });
    }
    if (wanted.logs?.length) {
      new PoolLogs(this, 'Logs', {
        pool,
        logs: wanted.logs,
        ...kept,
        ...(logDays && { logDays }),
      });
    }
    const { lambdas, events } = new OtherTriggers(this, 'Triggers', {
      ...functions,
      pool,
      supabase: settings.supabase,
      signUp: settings.signUp,
      signIn: settings.signIn,
      migration: settings.migration,
      messages: settings.messages,
      email: wanted.email,
      isFederated: settings.federation !== undefined,
      sharesQueue: settings.api?.admin === true,
    });
    this.triggers = lambdas;
    this.deadLetters = events?.deadLetters;
    this.queue = events?.queue;

    const providers = federation
      ? new Federation(this, 'Federation', { pool, federation }).providers
      : [];
    this.clients = new AppClients(this, 'Clients', {
      pool,
      clients,
      ...kept,
      providers: providers.map(({ providerName }) => providerName),
      federatedAttributes: federatedAttributes(federation),
      passkeys: Boolean(wanted.passkeys),
      signInCodes: settings.messages?.signInCodes === true,
      sendsPasswords: settings.migration !== undefined,
      rotateRefreshTokens: planOf(wanted) !== 'LITE',
      secretPrefix: prefix,
    });
    // Clients name providers as text, so CloudFormation does not know that providers come first.
    this.clients.node.addDependency(...providers);

    const forPeople = this.clients.forPeople;
    this.login = login && new LoginDomain(this, 'Login', { pool, clients: forPeople, login });
    this.identities =
      identityPool &&
      new IdentityPool(this, 'Identities', {
        ...identityPool,
        ...removal,
        pool,
        clients: forPeople,
        groups,
      });
    this.explainChoices(settings);
  }

  /** Findings of cdk-nag that the settings choose not to follow. */
  private explainChoices({ pool }: StageSettings) {
    if (isExisting(pool)) return;
    if (pool.mfa !== 'required') {
      explain(this.pool, {
        'AwsSolutions-COG2': `pool.mfa is ${pool.mfa ?? 'optional'}: a choice of the settings.`,
      });
    }
    if (planOf(pool) !== 'PLUS') {
      explain(this.pool, {
        'AwsSolutions-COG8': `The plan is ${planOf(pool)}: PLUS costs per active user and is for threat protection.`,
      });
    }
    if (pool.threatProtection !== 'enforce') {
      explain(this.pool, {
        'AwsSolutions-COG3': `pool.threatProtection is ${pool.threatProtection ?? 'off'}: it needs the plan PLUS, which costs per active user.`,
      });
    }
  }
}
