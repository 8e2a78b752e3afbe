/**
 * The inbound federation trigger: changes what another identity provider says of a person, before it is mapped to
 * attributes.
 *
 * Source: Amazon Cognito developer guide, "Inbound federation Lambda trigger".
 */
import type { InboundFederationTriggerEvent } from 'aws-lambda';
import type { ExternalAccount } from '../core/users/federation.ts';
import { isRecord, malformed } from './invoke.ts';
import type { Occasion, Triggers } from './triggers.ts';

export interface FederationOccasion extends Occasion {
  /** Of the account's own user. */
  readonly username: string;
  /** The claim that says who the person is. It does not depend on the function. */
  readonly subjectClaim: string;
}

/** The account with the claims that the function returns. An empty answer keeps all of them. */
export async function inboundFederation(
  triggers: Triggers,
  { clientId, username, subjectClaim }: FederationOccasion,
  account: ExternalAccount,
): Promise<ExternalAccount> {
  const { provider, sources } = account;
  const event: Pick<
    InboundFederationTriggerEvent,
    'triggerSource' | 'userName' | 'request' | 'response'
  > = {
    triggerSource: 'InboundFederation_ExternalProvider',
    userName: username,
    request: {
      providerName: provider.ProviderName,
      providerType:
        provider.ProviderType as InboundFederationTriggerEvent['request']['providerType'],
      attributes: sources,
    },
    response: { userAttributesToMap: {} },
  };
  const answer = await triggers.call('InboundFederation', clientId, event);
  const given = answer?.userAttributesToMap ?? {};
  if (!isRecord(given)) throw malformed();
  const claims = Object.entries(given).map(([name, value]): [string, string] => {
    if (typeof value !== 'string') throw malformed();
    return [name, value];
  });
  if (claims.length === 0) return account;
  const kept = [...account.claims].filter(([name]) => name === subjectClaim);
  return { ...account, claims: new Map([...claims, ...kept]) };
}
