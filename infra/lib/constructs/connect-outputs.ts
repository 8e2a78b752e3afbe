/** The outputs that `cognito-supabase connect` reads of a stack. */
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { addOutputs } from '../outputs.ts';
import type { CognitoForSupabase } from './cognito-for-supabase.ts';
import type { Reader } from './reader.ts';

/** An app client whose tokens the database accepts, beside the web client. */
export interface TrustedClient {
  readonly clientId: string;
  /** @default - people */
  readonly kind?: 'people' | 'machine';
  /** Claim `app_role` of a machine. @default - none */
  readonly appRole?: string;
}

export interface ConnectOutputsProps {
  readonly users: CognitoForSupabase;
  /** For module cognito-users. @default - Postgres does not read the pool */
  readonly reader?: Reader;
  /** @default - the web client alone */
  readonly trustedClients?: readonly TrustedClient[];
}

/**
 * Region, pool, issuer, web client, trusted clients and reader as outputs. Their names are fixed, so a stack can have them
 * once. `connect` looks for a stack named `cognito-supabase-STAGE`.
 *
 * @example new ConnectOutputs(stack, 'Outputs', { users });
 */
export class ConnectOutputs extends Construct {
  constructor(scope: Construct, id: string, props: ConnectOutputsProps) {
    super(scope, id);
    const { users, reader, trustedClients = [] } = props;
    const { issuer, pool, client, trigger } = users;
    const stack = Stack.of(this);
    addOutputs(stack, {
      Region: stack.region,
      UserPoolId: pool.userPoolId,
      Issuer: issuer,
      ClientId: client.userPoolClientId,
      TrustedClients: stack.toJsonString([
        { issuer, client_id: client.userPoolClientId },
        ...trustedClients.map(({ clientId, kind, appRole }) => ({
          ...{ issuer, client_id: clientId },
          ...(kind !== undefined && { kind }),
          ...(appRole !== undefined && { app_role: appRole }),
        })),
      ]),
      PreTokenFunctionArn: trigger.functionArn,
      ReaderUserName: reader?.user.userName,
      ReaderSecretName: reader?.secretName,
    });
  }
}
