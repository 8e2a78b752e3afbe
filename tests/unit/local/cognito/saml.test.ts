/** Sign-in at a provider of SAML 2.0, which is the library samlify. The pool uses another one, node-saml. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import {
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { PemConverter, X509CertificateGenerator } from '@peculiar/x509';
import { IdentityProvider, ServiceProvider, setSchemaValidator } from 'samlify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readMetadata } from '../../../../local/cognito/oauth/saml-metadata.ts';
import { listen } from '../../../../local/listen.ts';
import { ORIGIN, openPool, POOL, type TestPool } from './support.ts';
import { type Page, Visitor } from './visitor.ts';

const UserPoolId = POOL;
const CALLBACK = `${ORIGIN}/`;
const EMAIL_CLAIM = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress';

setSchemaValidator({ validate: () => Promise.resolve('not checked here') });

interface Keys {
  readonly signingCert: string;
  readonly privateKey: string;
}

async function makeKeys(): Promise<Keys> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=idp',
    keys,
    signingAlgorithm: algorithm,
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    signingCert: certificate.toString('pem'),
    privateKey: PemConverter.encode(key, 'PRIVATE KEY'),
  };
}

/** Fields of the answer, which a test may change. */
interface Answer {
  readonly email: string;
  readonly audience: string;
  readonly keys: Keys;
  readonly inResponseTo?: string;
  readonly notOnOrAfter: Date;
  readonly change?: (xml: string) => string;
}

let pool: TestPool;
let keys: Keys;
let foreignKeys: Keys;
let provider: { readonly origin: string; readonly close: () => Promise<void> };
let clientId: string;
let answer: Partial<Answer>;

const idpWith = ({ signingCert, privateKey }: Keys) =>
  IdentityProvider({
    entityID: 'https://idp.example/metadata',
    ...{ signingCert, privateKey },
    isAssertionEncrypted: false,
    messageSigningOrder: 'sign-then-encrypt',
    singleSignOnService: [
      {
        Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
        Location: `${provider?.origin ?? 'https://idp.example'}/sso`,
      },
    ],
    // Without one, the library prints a warning.
    singleLogoutService: [
      {
        Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
        Location: 'https://idp.example/logout',
      },
    ],
    loginResponseTemplate: {
      context:
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{ID}" Version="2.0" IssueInstant="{IssueInstant}" Destination="{Destination}" InResponseTo="{InResponseTo}"><saml:Issuer>{Issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="{StatusCode}"/></samlp:Status><saml:Assertion ID="{AssertionID}" Version="2.0" IssueInstant="{IssueInstant}"><saml:Issuer>{Issuer}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">{NameID}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{ConditionsNotOnOrAfter}" Recipient="{Destination}" InResponseTo="{InResponseTo}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{ConditionsNotBefore}" NotOnOrAfter="{ConditionsNotOnOrAfter}"><saml:AudienceRestriction><saml:Audience>{Audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>{AttributeStatement}</saml:Assertion></samlp:Response>',
      attributes: [
        {
          name: EMAIL_CLAIM,
          valueTag: 'email',
          nameFormat: 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri',
          valueXsiType: 'xs:string',
        },
      ],
    },
  });

/** The provider signs everybody in, and answers with a form. */
async function respond(url: URL): Promise<string> {
  const audience = `urn:amazon:cognito:sp:${POOL}`;
  const given: Answer = {
    email: 'ann@company.example',
    audience,
    keys,
    notOnOrAfter: new Date(Date.now() + 300_000),
    ...answer,
  };
  const idp = idpWith(given.keys);
  const destination = `${pool.endpoint}/saml2/idpresponse`;
  const sp = ServiceProvider({
    entityID: audience,
    wantAssertionsSigned: true,
    assertionConsumerService: [
      { Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST', Location: destination },
    ],
  });
  const query = Object.fromEntries(url.searchParams);
  const { extract } = await idp.parseLoginRequest(sp, 'redirect', { query });
  const now = new Date();
  const { context } = await idp.createLoginResponse(
    sp,
    { extract },
    'post',
    {},
    (template: string) => {
      const values: Record<string, string> = {
        ID: `_${randomUUID()}`,
        AssertionID: `_${randomUUID()}`,
        Destination: destination,
        Issuer: 'https://idp.example/metadata',
        IssueInstant: now.toISOString(),
        ConditionsNotBefore: new Date(now.getTime() - 1000).toISOString(),
        ConditionsNotOnOrAfter: given.notOnOrAfter.toISOString(),
        StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
        InResponseTo: given.inResponseTo ?? String(extract.request?.id),
        NameID: 'ann-7',
        Audience: given.audience,
        attrEmail: given.email,
      };
      return {
        id: values.ID ?? '',
        context: template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
      };
    },
  );
  const xml = Buffer.from(context, 'base64').toString();
  const changed = Buffer.from(given.change?.(xml) ?? xml).toString('base64');
  return `<form method="post" action="${destination}"><input name="SAMLResponse" value="${changed}"><input name="RelayState" value="${url.searchParams.get('RelayState')}"></form>`;
}

beforeAll(async () => {
  [keys, foreignKeys] = await Promise.all([makeKeys(), makeKeys()]);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://idp');
    if (url.pathname === '/metadata') return response.end(idpWith(keys).getMetadata());
    return respond(url).then(
      (page) => response.end(page),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  const { port, close } = await listen(server, 0);
  provider = { origin: `http://127.0.0.1:${port}`, close };
  pool = await openPool();
  await pool.aws.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId, ProviderName: 'Company', ProviderType: 'SAML' },
      ProviderDetails: { MetadataURL: `${provider.origin}/metadata` },
      AttributeMapping: { email: EMAIL_CLAIM },
    }),
  );
  const { UserPoolClient } = await pool.aws.send(
    new CreateUserPoolClientCommand({
      ...{ UserPoolId, ClientName: 'saml' },
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email'],
      CallbackURLs: [CALLBACK],
      SupportedIdentityProviders: ['Company'],
    }),
  );
  clientId = UserPoolClient?.ClientId ?? '';
});
beforeEach(() => {
  answer = {};
});
afterAll(async () => {
  await provider?.close();
  await pool?.close();
});

const begin = async () => {
  const visitor = new Visitor(pool.endpoint, provider.origin);
  const query = new URLSearchParams({
    ...{ client_id: clientId, redirect_uri: CALLBACK },
    ...{ response_type: 'code', scope: 'openid email' },
  });
  return { visitor, form: await visitor.open(`/oauth2/authorize?${query}`) };
};

async function signIn(): Promise<Page> {
  const { visitor, form } = await begin();
  return visitor.submit(form, {});
}

const problemOf = ({ location }: Page) => location?.searchParams.get('error_description');

const getUser = (Username: string) => pool.call('AdminGetUser', { UserPoolId, Username });

test('a person signs in, twice as the same user', async () => {
  expect((await signIn()).location?.searchParams.get('code')).toBeTruthy();
  const first = await getUser('Company_ann-7');
  expect(first).toMatchObject({ UserStatus: 'EXTERNAL_PROVIDER' });
  const attributes = first.UserAttributes as readonly { Name: string; Value: string }[];
  expect(attributes).toContainEqual({ Name: 'email', Value: 'ann@company.example' });
  answer = { email: 'ann@new.example' };
  expect((await signIn()).location?.searchParams.get('code')).toBeTruthy();
  const second = await getUser('Company_ann-7');
  expect(second.UserAttributes).toContainEqual({ Name: 'email', Value: 'ann@new.example' });
});

describe('is refused', () => {
  test.each<[string, string, () => Partial<Answer>]>([
    ['an answer that another key has signed', 'Invalid signature', () => ({ keys: foreignKeys })],
    [
      'an answer for another party',
      'audience mismatch',
      () => ({ audience: 'urn:amazon:cognito:sp:other' }),
    ],
    ['an answer to another request', 'InResponseTo', () => ({ inResponseTo: '_another' })],
    [
      'an answer that has expired',
      'No valid subject confirmation',
      () => ({ notOnOrAfter: new Date(Date.now() - 60_000) }),
    ],
    [
      'an answer that was changed',
      'Invalid signature',
      () => ({ change: (xml) => xml.replaceAll('ann-7', 'root-1') }),
    ],
    [
      'an answer without a signature',
      'Invalid signature',
      () => ({
        change: (xml) => xml.replace(/<(ds:)?Signature[\s\S]*?<\/(ds:)?Signature>/g, ''),
      }),
    ],
  ])('%s', async (_, reason, make) => {
    answer = make();
    const end = await signIn();
    expect(end.location?.searchParams.get('code')).toBeNull();
    expect(problemOf(end)).toMatch(/^Sign-in at Company failed: /);
    expect(problemOf(end)).toContain(reason);
    await expect(getUser('Company_root-1')).rejects.toMatchObject({
      code: 'UserNotFoundException',
    });
  });

  test('an answer that is given twice, or by another browser', async () => {
    const { visitor, form } = await begin();
    const other = new Visitor(pool.endpoint);
    expect((await other.submit(form, {})).html).toContain('began in another browser');
    // The attempt has ended the sign-in.
    expect((await visitor.submit(form, {})).status).toBe(400);
    const again = await begin();
    await again.visitor.submit(again.form, {});
    expect((await again.visitor.submit(again.form, {})).status).toBe(400);
  });
});

describe('metadata', () => {
  test('is read with its certificates', async () => {
    const metadata = await readMetadata(idpWith(keys).getMetadata());
    expect(metadata.entryPoint).toBe(`${provider.origin}/sso`);
    expect(metadata.certificates).toHaveLength(1);
  });

  test.each([
    ['no XML', 'hello'],
    ['another document', '<a/>'],
    ['a DOCTYPE', '<!DOCTYPE x [<!ENTITY a "b">]><a>&a;</a>'],
    [
      'no address',
      '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><IDPSSODescriptor/></EntityDescriptor>',
    ],
  ])('is refused: %s', async (_, xml) => {
    await expect(readMetadata(xml)).rejects.toThrow(/metadata/);
  });
});
