/** Sign-in at a provider of SAML 2.0. The pool is a service provider, by the library node-saml. */
import type { SAML } from '@node-saml/node-saml';
import type { ExternalAccount } from '../core/users/federation.ts';
import { providerOf } from '../core/users/identity-providers.ts';
import type { IdentityProviderRecord } from '../store/records.ts';
import type { AuthorizeRequest } from './authorize-request.ts';
import type { Form } from './client-auth.ts';
import type { OAuth } from './context.ts';
import type { Departure, Leaving } from './memory.ts';
import { readMetadata } from './saml-metadata.ts';

const RESPONSE_PATH = '/saml2/idpresponse';

/** What is kept until the person comes back. It knows the id of the request, so an answer is taken once. */
export interface SamlProof {
  readonly party: SAML;
}

export async function leaveForSaml(
  _: OAuth,
  { pool }: AuthorizeRequest,
  { provider, origin, state }: Leaving,
) {
  // Loaded when the first person is sent to a provider.
  const { SAML, ValidateInResponseTo } = await import('@node-saml/node-saml');
  const { entryPoint, certificates } = await readMetadata(await metadataOf(provider));
  const name = `urn:amazon:cognito:sp:${pool.id}`;
  const party = new SAML({
    callbackUrl: `${origin}${RESPONSE_PATH}`,
    entryPoint,
    issuer: name,
    audience: name,
    idpCert: [...certificates],
    // As on AWS, response or assertion must be signed. The library refuses an answer with neither.
    wantAssertionsSigned: false,
    wantAuthnResponseSigned: false,
    validateInResponseTo: ValidateInResponseTo.always,
    disableRequestedAuthnContext: true,
    identifierFormat: null,
  });
  return {
    location: await party.getAuthorizeUrlAsync(state, undefined, {}),
    proof: { saml: { party } },
  };
}

/** The metadata is in the settings, or at an address. */
async function metadataOf({ ProviderDetails: details }: IdentityProviderRecord): Promise<string> {
  if (details.MetadataFile) return details.MetadataFile;
  const response = await fetch(details.MetadataURL ?? '');
  if (!response.ok) throw new Error(`the metadata cannot be read: HTTP ${response.status}`);
  return response.text();
}

interface Arrival {
  readonly leaving: Departure;
  readonly request: AuthorizeRequest;
}

/** Checks signature, audience, times and the id of the request, and reads the attributes. */
export async function accountBySaml(
  form: Form,
  { leaving, request }: Arrival,
): Promise<ExternalAccount> {
  const { saml } = leaving.proof;
  if (saml === undefined) throw new Error('the provider does not speak SAML');
  const SAMLResponse = form.get('SAMLResponse') ?? '';
  const { profile } = await saml.party.validatePostResponseAsync({ SAMLResponse });
  if (profile === null) throw new Error('the provider has sent no assertion');
  const attributes = Object.entries((profile.attributes ?? {}) as Record<string, unknown>);
  const claims = new Map(
    attributes.map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : String(value),
    ]),
  );
  // NameID identifies the account.
  claims.set('sub', profile.nameID);
  return {
    provider: providerOf(request.pool.store, leaving.provider),
    claims,
    sources: { samlResponse: Object.fromEntries(claims) },
  };
}
