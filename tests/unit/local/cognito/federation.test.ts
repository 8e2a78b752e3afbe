/** Sign-in at Google and at a provider of one's own. Both are oidc-provider, on this machine. */
import {
  AdminDisableProviderForUserCommand,
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminLinkProviderForUserCommand,
  AdminListGroupsForUserCommand,
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  DeleteIdentityProviderCommand,
  DescribeIdentityProviderCommand,
  ForgotPasswordCommand,
  GetIdentityProviderByIdentifierCommand,
  type IdentityProviderTypeType,
  ListIdentityProvidersCommand,
  UpdateIdentityProviderCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { InboundFederationTriggerEvent } from 'aws-lambda';
import { decodeJwt, type JWTPayload } from 'jose';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { preSignUp } from '../../../../functions/pre-sign-up/core.ts';
import { signUpPool } from '../../../../functions/pre-sign-up/user-pool.ts';
import {
  type RunningIdentityProvider,
  startIdentityProvider,
  subjectOf,
} from '../../../../local/identity-provider/server.ts';
import {
  addUser,
  CLIENT,
  ORIGIN,
  openPool,
  PASSWORD,
  POOL,
  signIn,
  someEmail,
  type TestPool,
} from './support.ts';
import { type Page, Visitor } from './visitor.ts';

const UserPoolId = POOL;
const SECRET = 'a-secret-of-the-provider-32-chars';
const CALLBACK = `${ORIGIN}/`;
const MAPPING = {
  username: 'sub',
  email: 'email',
  email_verified: 'email_verified',
  name: 'name',
};
const OAUTH = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ['code' as const],
  AllowedOAuthScopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
  CallbackURLs: [CALLBACK],
};

interface Event {
  readonly triggerSource: string;
  readonly userName: string;
  readonly request: { readonly userAttributes: Readonly<Record<string, string>> };
}

let google: RunningIdentityProvider;
let pool: TestPool;
let ClientId: string;
const events: Event[] = [];
let onSignUp: (event: Event) => unknown;
let onFederation: ((event: InboundFederationTriggerEvent) => Record<string, string>) | undefined;

beforeAll(async () => {
  const note = (name: string) => async (event: Event) => {
    events.push(event);
    if (name === 'PreSignUp') await onSignUp(event);
    return event;
  };
  const federate = (event: InboundFederationTriggerEvent & Event) => {
    if (onFederation === undefined) return event;
    events.push(event);
    return { ...event, response: { userAttributesToMap: onFederation(event) } };
  };
  const names = ['PreSignUp', 'PostConfirmation', 'PreAuthentication', 'PostAuthentication'];
  pool = await openPool({
    triggers: {
      ...Object.fromEntries(names.map((name) => [name, note(name)])),
      InboundFederation: federate,
    },
  });
  google = await startIdentityProvider({
    port: 0,
    name: 'Google',
    clientId: 'local',
    clientSecret: SECRET,
    redirectUris: [`${pool.endpoint}/oauth2/idpresponse`],
  });
  pool.standIn('Google', google.issuer);
  await createProvider('Google', 'Google');
  await createProvider('Company', 'OIDC', companyDetails());
  ClientId = await createClient(['COGNITO', 'Google', 'Company']);
});
beforeEach(() => {
  events.length = 0;
  onSignUp = () => undefined;
  onFederation = undefined;
});
afterAll(async () => {
  await google?.close();
  await pool?.close();
});

const companyDetails = () => ({ oidc_issuer: google.issuer, attributes_request_method: 'GET' });

const createProvider = (
  ProviderName: string,
  ProviderType: IdentityProviderTypeType,
  details: Record<string, string> = {},
  AttributeMapping: Record<string, string> = MAPPING,
) =>
  pool.aws.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId, ProviderName, ProviderType, AttributeMapping },
      ProviderDetails: {
        ...{ client_id: 'local', client_secret: SECRET },
        authorize_scopes: 'openid email profile',
        ...details,
      },
      IdpIdentifiers: [`${ProviderName.toLowerCase()}.example`],
    }),
  );

async function createClient(SupportedIdentityProviders: string[]): Promise<string> {
  const client = { UserPoolId, ClientName: 'social', ...OAUTH, SupportedIdentityProviders };
  const { UserPoolClient } = await pool.aws.send(new CreateUserPoolClientCommand(client));
  return UserPoolClient?.ClientId ?? '';
}

/** A person's browser, and the tokens that the app gets for the page that a sign-in has ended on. */
async function person(clientId = ClientId) {
  const allow = { execute: [oidc.allowInsecureRequests] };
  const config = await oidc.discovery(new URL(pool.issuer), clientId, undefined, undefined, allow);
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid email profile aws.cognito.signin.user.admin',
    state: expectedState,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const visitor = new Visitor(pool.endpoint, google.issuer);
  return {
    visitor,
    open: (parameters: Record<string, string> = {}): Promise<Page> => {
      const wanted = new URL(url);
      for (const [name, value] of Object.entries(parameters)) wanted.searchParams.set(name, value);
      return visitor.open(wanted);
    },
    redeem: async ({ location }: Page) => {
      if (location === undefined) throw new Error('the sign-in did not end at the app');
      const checks = { pkceCodeVerifier, expectedState, idTokenExpected: true };
      const tokens = await oidc.authorizationCodeGrant(config, location, checks);
      const access = decodeJwt(tokens.access_token);
      return { id: tokens.claims() as JWTPayload, access };
    },
  };
}

/** Signs in at the provider, and at the app. */
async function signInAt(identity_provider: string, email: string) {
  const { open, visitor, redeem } = await person();
  const form = await open({ identity_provider });
  expect(form.html).toContain('Sign in at Google');
  const end = await visitor.submit(form, { email });
  return { end, visitor, redeem: () => redeem(end) };
}

const getUser = async (Username: string) => {
  const user = await pool.aws.send(new AdminGetUserCommand({ UserPoolId, Username }));
  const values = (user.UserAttributes ?? []).map(({ Name = '', Value = '' }) => [Name, Value]);
  return {
    status: user.UserStatus,
    username: user.Username,
    attributes: Object.fromEntries(values) as Record<string, string>,
  };
};

const problemOf = ({ location }: Page) => location?.searchParams.get('error_description');
const sources = () => events.map(({ triggerSource }) => triggerSource);

describe('a person who signs in at Google', () => {
  test('gets a user of the pool, with mapped attributes and a group', async () => {
    const email = someEmail('new');
    const { redeem } = await signInAt('Google', email);
    const { id, access } = await redeem();
    const username = `Google_${subjectOf(email)}`;
    expect(id).toMatchObject({
      email,
      email_verified: true,
      name: email.split('@')[0],
      'cognito:username': username,
      'cognito:groups': [`${POOL}_Google`],
      identities: [
        {
          userId: subjectOf(email),
          providerName: 'Google',
          providerType: 'Google',
          issuer: null,
          primary: 'true',
          dateCreated: expect.stringMatching(/^\d{13}$/),
        },
      ],
    });
    expect(access).toMatchObject({ username, sub: id.sub });
    expect(id.sub).toMatch(/^[\da-f-]{36}$/);
    expect(await getUser(username)).toMatchObject({ status: 'EXTERNAL_PROVIDER' });
    const groups = new AdminListGroupsForUserCommand({ UserPoolId, Username: username });
    expect((await pool.aws.send(groups)).Groups).toMatchObject([{ GroupName: `${POOL}_Google` }]);
    expect(sources()).toEqual([
      'PreSignUp_ExternalProvider',
      'PostConfirmation_ConfirmSignUp',
      'PostAuthentication_Authentication',
    ]);
    expect(events[0]).toMatchObject({ userName: username, request: { userAttributes: { email } } });
  });

  test('is the same user the next time, without another sign-up', async () => {
    const email = someEmail('again');
    const first = await (await signInAt('Google', email)).redeem();
    events.length = 0;
    const second = await (await signInAt('Google', email)).redeem();
    expect(second.id.sub).toBe(first.id.sub);
    expect(sources()).toEqual(['PostAuthentication_Authentication']);
  });

  test('comes from the button of the sign-in page, and cancels there', async () => {
    const { open, visitor } = await person();
    const login = await open();
    expect(login.html).toContain('Continue with Company');
    const form = await visitor.follow(login, 'Continue with Google');
    const end = await visitor.submit(form, { email: someEmail(), cancel: '1' });
    expect(end.location?.searchParams.get('error')).toBe('invalid_request');
    expect(problemOf(end)).toContain('access_denied');
  });

  test('is a user apart from one with a password and the same address', async () => {
    const email = await addUser(pool);
    const { id } = await (await signInAt('Google', email)).redeem();
    const own = await signIn(pool, email);
    expect(own.id.sub).not.toBe(id.sub);
    // The address still names the user with the password.
    expect((await getUser(email)).status).toBe('CONFIRMED');
  });

  test('is told to fill in what the pool requires', async () => {
    await createProvider('NoEmail', 'OIDC', companyDetails(), { username: 'sub' });
    const clientId = await createClient(['NoEmail']);
    const { open, visitor } = await person(clientId);
    // The one provider of a client needs no page of the pool.
    const form = await open();
    const end = await visitor.submit(form, { email: someEmail() });
    expect(problemOf(end)).toContain('email: The attribute is required');
  });

  test('is refused by pre sign-up, and no user is made', async () => {
    onSignUp = () => {
      throw new Error('not from here');
    };
    const email = someEmail();
    const { end } = await signInAt('Google', email);
    expect(problemOf(end)).toBe('PreSignUp failed with error not from here.');
    await expect(getUser(`Google_${subjectOf(email)}`)).rejects.toMatchObject({
      name: 'UserNotFoundException',
    });
  });

  test('is refused while disabled', async () => {
    const email = someEmail();
    await signInAt('Google', email);
    const Username = `Google_${subjectOf(email)}`;
    await pool.aws.send(new AdminDisableUserCommand({ UserPoolId, Username }));
    const { end } = await signInAt('Google', email);
    expect(problemOf(end)).toBe('User is disabled.');
  });

  test('has no password to sign in with, or to reset', async () => {
    const email = someEmail();
    await signInAt('Google', email);
    const Username = `Google_${subjectOf(email)}`;
    await expect(signIn(pool, Username, '')).rejects.toThrow();
    await expect(signIn(pool, Username)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await pool.aws.send(new ForgotPasswordCommand({ ClientId: CLIENT, Username }));
    expect(pool.messages(email)).toEqual([]);
  });
});

describe('the inbound federation trigger', () => {
  test('changes what is mapped, and not who the person is', async () => {
    const email = someEmail();
    onFederation = ({ request }) => ({
      email: request.attributes.idToken?.email ?? '',
      name: `${request.providerName}: ${request.attributes.userInfo?.name}`,
      sub: 'somebody-else',
    });
    const { id } = await (await signInAt('Google', email)).redeem();
    const username = `Google_${subjectOf(email)}`;
    expect(id).toMatchObject({
      email,
      name: `Google: ${email.split('@')[0]}`,
      'cognito:username': username,
      // It was left out, so the address is not verified any more.
      email_verified: false,
    });
    expect(sources()[0]).toBe('InboundFederation_ExternalProvider');
  });

  test('refuses the sign-in by throwing', async () => {
    onFederation = () => {
      throw new Error('not this person');
    };
    const { end } = await signInAt('Google', someEmail());
    expect(problemOf(end)).toBe('InboundFederation failed with error not this person.');
  });
});

describe('an answer of the provider', () => {
  test('is taken once, and from the browser that was sent there only', async () => {
    const email = someEmail();
    const { open, visitor } = await person();
    const form = await open({ identity_provider: 'Google' });
    // Another browser has the link that leads back to the pool.
    const back = new Visitor(google.issuer);
    for (const [name, value] of visitor.cookies)
      if (name.startsWith('_')) (back.cookies as Map<string, string>).set(name, value);
    const { location } = await back.submit(form, { email });
    expect(location?.pathname).toBe('/oauth2/idpresponse');
    const thief = await new Visitor(pool.endpoint).open(location ?? '');
    expect(thief.status).toBe(400);
    expect(thief.html).toContain('began in another browser');
    expect((await visitor.open(location ?? '')).status).toBe(400);
  });

  test('with a state that nobody has is refused', async () => {
    const page = await new Visitor(pool.endpoint).open('/oauth2/idpresponse?state=x&code=y');
    expect(page.status).toBe(400);
  });

  test('with a code of another sign-in is refused', async () => {
    const { open, visitor } = await person();
    const form = await open({ identity_provider: 'Google' });
    const state = form.url.href;
    expect(state).toContain(google.issuer);
    const waiting = visitor.cookies.get('cognito-federation') ?? '';
    const url = new URL('/oauth2/idpresponse', pool.endpoint);
    url.searchParams.set('state', waiting);
    url.searchParams.set('code', 'made-up');
    url.searchParams.set('iss', google.issuer);
    const end = await visitor.open(url);
    expect(problemOf(end)).toContain('invalid_grant');
    expect(pool.warnings.at(-1)).toContain('sign-in at Google failed');
  });
});

describe('a linked account', () => {
  const link = (
    username: string,
    value: string,
    ProviderAttributeName = 'Cognito_Subject',
    name = 'Google',
  ) =>
    pool.aws.send(
      new AdminLinkProviderForUserCommand({
        UserPoolId,
        DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: username },
        SourceUser: { ProviderName: name, ProviderAttributeName, ProviderAttributeValue: value },
      }),
    );
  const unlink = (value: string) =>
    pool.aws.send(
      new AdminDisableProviderForUserCommand({
        UserPoolId,
        User: {
          ProviderName: 'Google',
          ProviderAttributeName: 'Cognito_Subject',
          ProviderAttributeValue: value,
        },
      }),
    );

  test('signs in as the user it is linked to, and no longer after it is unlinked', async () => {
    const email = await addUser(pool);
    const { username = '' } = await getUser(email);
    await link(username, subjectOf(email));
    const { id } = await (await signInAt('Google', email)).redeem();
    expect(id).toMatchObject({
      sub: username,
      identities: [{ providerName: 'Google', primary: 'false' }],
    });
    // The password still works.
    expect((await signIn(pool, email)).id.sub).toBe(username);
    await unlink(subjectOf(email));
    expect((await getUser(username)).attributes).not.toHaveProperty('identities');
    const after = await (await signInAt('Google', email)).redeem();
    expect(after.id['cognito:username']).toBe(`Google_${subjectOf(email)}`);
  });

  test('can be linked by a claim of a provider of one’s own', async () => {
    const email = await addUser(pool);
    const { username = '' } = await getUser(email);
    await link(username, email, 'email', 'Company');
    const { id } = await (await signInAt('Company', email)).redeem();
    expect(id.sub).toBe(username);
  });

  test('can be linked by pre sign-up. As on AWS, the person then signs in once more', async () => {
    const email = await addUser(pool);
    const { username = '' } = await getUser(email);
    onSignUp = ({ userName }) => link(username, userName.replace('Google_', ''));
    const { end } = await signInAt('Google', email);
    expect(problemOf(end)).toBe(`Already found an entry for username Google_${subjectOf(email)}`);
    const { id } = await (await signInAt('Google', email)).redeem();
    expect(id.sub).toBe(username);
  });

  test('is linked by the kit’s trigger, and never to somebody who only waits', async () => {
    const linkProviders = ['Google'];
    onSignUp = preSignUp({
      settings: { allowDomains: [], denyDomains: [], invitationsOnly: false, linkProviders },
      pool: signUpPool(pool.aws),
      warn: () => undefined,
    }) as (event: Event) => unknown;
    const owner = await addUser(pool);
    const { username } = await getUser(owner);
    expect(problemOf((await signInAt('Google', owner)).end)).toContain('ACCOUNT_LINKED');
    const { id } = await (await signInAt('Google', owner)).redeem();
    expect(id.sub).toBe(username);
    const victim = someEmail('victim');
    await pool.call('SignUp', { ClientId: CLIENT, Username: victim, Password: PASSWORD });
    const own = await (await signInAt('Google', victim)).redeem();
    expect(own.id['cognito:username']).toBe(`Google_${subjectOf(victim)}`);
    expect((await getUser(victim)).status).toBe('UNCONFIRMED');
  });

  test('is refused if it has a user, is linked, or is one of the pool', async () => {
    const [ann, bob] = [await addUser(pool), await addUser(pool)];
    const email = someEmail();
    await signInAt('Google', email);
    const refused = { name: 'InvalidParameterException' };
    await expect(link(ann, subjectOf(email))).rejects.toMatchObject(refused);
    await link(ann, 'somebody');
    await expect(link(bob, 'somebody')).rejects.toMatchObject(refused);
    await expect(link(bob, 'x', 'email')).rejects.toMatchObject(refused);
    await expect(link(bob, ann, 'Cognito_Subject', 'Cognito')).rejects.toMatchObject(refused);
    await expect(link('nobody@example.com', 'x')).rejects.toMatchObject({
      name: 'UserNotFoundException',
    });
    for (const n of [2, 3, 4, 5]) await link(ann, `somebody-${n}`);
    await expect(link(ann, 'one-too-many')).rejects.toMatchObject({
      name: 'LimitExceededException',
    });
  });

  test('that is a user by itself is disabled instead of unlinked', async () => {
    const email = someEmail();
    await signInAt('Google', email);
    await unlink(subjectOf(email));
    const { end } = await signInAt('Google', email);
    expect(problemOf(end)).toContain('Already found an entry for username');
  });
});

describe('providers', () => {
  test('are described, listed, found by identifier, changed and deleted', async () => {
    await createProvider('Partner', 'OIDC', companyDetails());
    const named = { UserPoolId, ProviderName: 'Partner' };
    await pool.aws.send(
      new UpdateIdentityProviderCommand({
        ...named,
        IdpIdentifiers: ['partner.example', 'p.example'],
      }),
    );
    const byIdentifier = new GetIdentityProviderByIdentifierCommand({
      UserPoolId,
      IdpIdentifier: 'p.example',
    });
    expect((await pool.aws.send(byIdentifier)).IdentityProvider).toMatchObject({
      ProviderName: 'Partner',
      AttributeMapping: MAPPING,
    });
    const list = new ListIdentityProvidersCommand({ UserPoolId });
    expect(
      (await pool.aws.send(list)).Providers?.map(({ ProviderName }) => ProviderName),
    ).toContain('Partner');
    await pool.aws.send(new DeleteIdentityProviderCommand(named));
    await expect(pool.aws.send(new DescribeIdentityProviderCommand(named))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(
      pool.aws.send(new DeleteIdentityProviderCommand({ UserPoolId, ProviderName: 'Google' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test.each([
    ['a second one of the same name', 'Google', 'Google', {}, MAPPING],
    ['a social one under another name', 'MyGoogle', 'Google', {}, MAPPING],
    ['the name of the pool itself', 'COGNITO', 'OIDC', {}, MAPPING],
    ['a name with an underscore', 'my_idp', 'OIDC', {}, MAPPING],
    ['no issuer', 'Other', 'OIDC', { oidc_issuer: '' }, MAPPING],
    ['an issuer without HTTPS', 'Other', 'OIDC', { oidc_issuer: 'http://idp.example' }, MAPPING],
    ['a mapping to sub', 'Other', 'OIDC', {}, { sub: 'sub' }],
    ['a mapping to an unknown attribute', 'Other', 'OIDC', {}, { 'custom:x': 'x' }],
    ['a mapping to __proto__', 'Other', 'OIDC', {}, JSON.parse('{"__proto__": "x"}')],
    ['no metadata', 'Other', 'SAML', {}, MAPPING],
  ] as const)('are refused with %s', async (_, name, type, details, mapping) => {
    await expect(
      createProvider(name, type, { ...companyDetails(), ...details }, mapping),
    ).rejects.toThrow();
  });

  test('of a client must exist', async () => {
    await expect(createClient(['Nobody'])).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(
      pool.aws.send(
        new UpdateUserPoolClientCommand({
          ...{ UserPoolId, ClientId },
          SupportedIdentityProviders: ['Nobody'],
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('that a client does not have are refused, and so is a password where it has no pool', async () => {
    const clientId = await createClient(['Company']);
    const { open, visitor } = await person(clientId);
    const end = await open({ identity_provider: 'Google' });
    expect(problemOf(end)).toBe('Identity provider Google does not exist');
    const login = await visitor.open(
      `/login?client_id=${clientId}&redirect_uri=${CALLBACK}&response_type=code`,
    );
    expect(login.html).not.toContain('<form');
    const { open: openOther } = await person();
    const form = await openOther();
    const forged = { ...form, html: form.html.replaceAll(ClientId, clientId) };
    const answer = await visitor.submit(forged, { username: 'x', password: PASSWORD });
    expect(answer.status).toBe(400);
  });

  test('are chosen by an identifier', async () => {
    const { open } = await person();
    expect((await open({ idp_identifier: 'company.example' })).url.origin).toBe(google.issuer);
    const unknown = await open({ idp_identifier: 'nobody.example' });
    expect(problemOf(unknown)).toBe('Identity provider nobody.example does not exist');
  });

  test('that cannot be reached are an error of the sign-in', async () => {
    await createProvider('Down', 'OIDC', {
      ...companyDetails(),
      oidc_issuer: 'http://127.0.0.1:9',
    });
    const clientId = await createClient(['Down']);
    const { open } = await person(clientId);
    expect(problemOf(await open())).toMatch(/^Sign-in at Down failed: /);
    await createProvider('Facebook', 'Facebook');
    const other = await person(await createClient(['Facebook']));
    expect(problemOf(await other.open())).toContain('Start the emulator with a stand-in');
  });
});
