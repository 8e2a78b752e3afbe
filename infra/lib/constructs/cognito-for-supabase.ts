/** A pool whose tokens Supabase accepts, in five lines. */
import type { RemovalPolicy } from 'aws-cdk-lib';
import type { UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { PoolSettings, PreTokenSettings, RedirectSettings } from '../../config/settings.ts';
import { AppClients } from './app-clients.ts';
import type { FunctionDefaults } from './bundled-function.ts';
import { PreTokenTrigger } from './pre-token-trigger.ts';
import { KitUserPool } from './user-pool.ts';

export interface CognitoForSupabaseProps extends RedirectSettings {
  /** @default - email and password, optional second factor, plan ESSENTIALS */
  readonly pool?: PoolSettings;
  /** @default - V3_0, no claim but `role` */
  readonly preToken?: PreTokenSettings;
  /** @default - logs are kept for 30 days, no tracing */
  readonly functions?: FunctionDefaults;
  /** @default - RETAIN, and the pool is protected from deletion */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Pool, trigger and web client, ready for `[auth.third_party.aws_cognito]`. Each is also a separate
 * construct.
 *
 * @example
 * const users = new CognitoForSupabase(this, 'Users', {
 *   callbackUrls: ['https://app.example.com/'],
 *   logoutUrls: ['https://app.example.com/'],
 * });
 * new ConnectOutputs(this, 'Outputs', { users });
 */
export class CognitoForSupabase extends Construct {
  readonly pool: UserPool;
  readonly client: UserPoolClient;
  readonly trigger: Lambda;
  /** Claim `iss` of every token. */
  readonly issuer: string;

  constructor(scope: Construct, id: string, props: CognitoForSupabaseProps) {
    super(scope, id);
    const { removalPolicy } = props;
    const removal = removalPolicy ? { removalPolicy } : {};
    this.pool = new KitUserPool(this, 'Pool', { ...props.pool, ...removal }).pool;
    this.trigger = new PreTokenTrigger(this, 'PreToken', {
      ...removal,
      ...props.functions,
      ...props.preToken,
      pool: this.pool,
    }).lambda;
    this.client = new AppClients(this, 'Clients', { pool: this.pool, clients: { web: props } }).web;
    this.issuer = this.pool.userPoolProviderUrl;
  }
}
