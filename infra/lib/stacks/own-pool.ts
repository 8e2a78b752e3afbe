/** A pool that the stack makes, with all that belongs to it. */
import type { UserPool } from 'aws-cdk-lib/aws-cognito';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { planOf } from '../../config/checks/pool.ts';
import { isExisting, type StageSettings } from '../../config/settings.ts';
import { AppClients } from '../constructs/app-clients.ts';
import type { FunctionDefaults } from '../constructs/bundled-function.ts';
import { Federation, federatedAttributes } from '../constructs/federation.ts';
import { IdentityPool } from '../constructs/identity-pool.ts';
import { LoginDomain } from '../constructs/login-domain.ts';
import { OtherTriggers } from '../constructs/other-triggers.ts';
import { PoolLogs } from '../constructs/pool-logs.ts';
import { ThreatProtection } from '../constructs/threat-protection.ts';
import { KitUserPool } from '../constructs/user-pool.ts';
import { explain } from '../explain.ts';

export interface OwnPoolProps {
  readonly settings: StageSettings;
  readonly functions: FunctionDefaults;
  /** Of names in Secrets Manager. */
  readonly prefix: string;
}

/** Pool, triggers but pre-token, providers, clients, managed login, identity pool: in this order. */
export class OwnPool extends Construct {
  readonly pool: UserPool;
  readonly clients: AppClients;
  readonly triggers: ReadonlyMap<string, Lambda>;
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
    this.triggers = new OtherTriggers(this, 'Triggers', {
      ...functions,
      pool,
      supabase: settings.supabase,
    }).lambdas;

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
      rotateRefreshTokens: planOf(wanted) !== 'LITE',
      secretPrefix: prefix,
    });
    // Clients name providers by text, from which CloudFormation cannot tell what has to be first.
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

  /** What cdk-nag asks for and the settings choose otherwise. */
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
