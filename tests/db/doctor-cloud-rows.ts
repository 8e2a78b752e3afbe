/** A user pool in AWS and a hosted project that are set up wrongly. */
import type { FindingId } from '../../cli/doctor/catalogue/index.ts';
import { type DeployedCode, deployedCode, zipOf } from '../support/doctor-functions.ts';
import {
  alarmsOf,
  deployedFunction,
  type HostedAnswers,
  hostedOf,
  registrationOf,
} from '../support/doctor-world.ts';
import { blank, type OutsideRow, outside } from './doctor-row.ts';
import { type DoctorWorld, FUNCTION, POOL } from './doctor-stand-ins.ts';

/** The pool in AWS, changed like by somebody in the console. */
const cloudRow = (id: FindingId, how: string, change: (cloud: DoctorWorld['cloud']) => void) =>
  outside(id, how, (right, { cloud, aws }) => {
    const before = structuredClone({ pool: cloud.pool, functions: cloud.functions });
    change(cloud);
    return { context: { ...blank(right), aws }, undo: () => Object.assign(cloud, before) };
  });

const alarmRow = (id: FindingId, how: string, more: object, subscribers: number) =>
  outside(id, how, (right, { alarms, alarm, aws }) => {
    const { respond } = alarms;
    alarms.respond = alarmsOf([alarm(more), { AlarmName: 'of something else' }], subscribers);
    return {
      context: { ...blank(right), aws },
      undo: () => {
        alarms.respond = respond;
      },
    };
  });

/** The function of the pool, deployed otherwise. */
const codeRow = (
  id: FindingId,
  how: string,
  more: (right: DeployedCode) => Partial<DeployedCode>,
) =>
  outside(id, how, (right, { functions, aws }) => {
    const before = deployedCode();
    functions.deployed.set(FUNCTION, { ...before, ...more(before) });
    return {
      context: { ...blank(right), aws },
      undo: () => functions.deployed.set(FUNCTION, before),
    };
  });

const EVIL = 'export const handler = async () => ({ claims: "mine" });\n';

const CODE = [
  codeRow('function-code-changed', 'edited in the console', () => ({
    zip: { body: zipOf({ 'index.mjs': EVIL }) },
  })),
  codeRow('function-code-changed', 'a file beside that Node loads first', () => ({
    zip: { body: zipOf({ 'index.js': EVIL, 'index.mjs': EVIL }) },
  })),
  codeRow('function-code-changed', 'a package beside', () => ({
    zip: { body: zipOf({ 'index.mjs': EVIL, 'node_modules/@aws-sdk/index.js': EVIL }) },
  })),
  codeRow('function-code-changed', 'another handler', () => ({ handler: 'other.handler' })),
  codeRow('function-code-older', 'before the first release', ({ description }) => ({
    description: description.replace(/supabase \d+\.\d+\.\d+/, 'supabase 0.0.9'),
  })),
];

const trustOf = (client: string): string => `
  insert into cognito_supabase.trusted_clients (issuer, client_id)
  values ('https://cognito-idp.eu-central-1.amazonaws.com/${POOL}', '${client}')`;

const AWS = [
  outside('trust-client-gone', 'it was replaced', ({ issuer = '', ...right }, { aws, cloud }) => {
    cloud.clients = ['there'];
    const { database } = right;
    return {
      context: { ...blank(right), ...(database && { database }), issuer, aws },
      sql: `${trustOf('there')}; ${trustOf('replaced')}`,
      undo: () => {
        cloud.clients = [];
      },
    };
  }),
  outside('pool-missing', 'another account', (right, { aws, cloud }) => {
    cloud.pool.Id = 'eu-central-1_Other';
    return {
      context: { ...blank(right), aws },
      undo: () => {
        cloud.pool.Id = POOL;
      },
    };
  }),
  cloudRow('pool-issuer-updated', 'the newer form', ({ pool }) => {
    pool.IssuerConfiguration = { Type: 'UPDATED' };
  }),
  cloudRow('trigger-missing', 'no trigger at all', ({ pool }) => {
    pool.LambdaConfig = {};
  }),
  cloudRow('trigger-version-1', 'the older setting', ({ pool }) => {
    pool.LambdaConfig = { PreTokenGeneration: FUNCTION };
  }),
  cloudRow('trigger-version-1', 'version V1_0', ({ pool }) => {
    pool.LambdaConfig.PreTokenGenerationConfig.LambdaVersion = 'V1_0';
  }),
  cloudRow('plan-too-low', 'the plan Lite', ({ pool }) => {
    pool.UserPoolTier = 'LITE';
  }),
  cloudRow('function-missing', 'it was deleted', (cloud) => {
    cloud.functions = {};
  }),
  cloudRow('function-missing', 'of another trigger', ({ pool }) => {
    pool.LambdaConfig.PreSignUp = FUNCTION.replace('pre-token', 'pre-sign-up');
  }),
  cloudRow('function-not-permitted', 'no policy', (cloud) => {
    cloud.functions = { [FUNCTION]: null };
  }),
  alarmRow('alarm-without-action', 'no action', { AlarmActions: [] }, 1),
  alarmRow('alarm-without-action', 'actions are off', { ActionsEnabled: false }, 1),
  outside('alarm-without-action', 'a composite alarm that it cannot set off', (right, world) => {
    const { alarms, alarm, aws } = world;
    const { respond } = alarms;
    const above = [
      { AlarmName: 'quiet', AlarmRule: 'ALARM("pre-token fails")' },
      { AlarmName: 'not', AlarmRule: 'NOT ALARM("pre-token fails")', AlarmActions: ['arn:a'] },
      { AlarmName: 'off', AlarmRule: 'ALARM(quiet)', AlarmActions: ['a'], ActionsEnabled: false },
    ];
    alarms.respond = alarmsOf([alarm({ AlarmActions: [] })], 1, above);
    return {
      context: { ...blank(right), aws },
      undo: () => {
        alarms.respond = respond;
      },
    };
  }),
  alarmRow('alarm-without-subscriber', 'the mail was not confirmed', {}, 0),
];

/** A hosted project of which some answers differ. */
const hostedRow = (
  id: FindingId,
  how: string,
  change: (right: HostedAnswers, issuer: string) => Partial<HostedAnswers>,
) =>
  outside(id, how, ({ project, issuer = '', ...right }, { management, hosted, rightHosted }) => {
    const { respond } = management;
    management.respond = hostedOf({ ...rightHosted, ...change(rightHosted, issuer) });
    return {
      context: { ...blank(right), hosted, issuer, ...(project && { project }) },
      undo: () => {
        management.respond = respond;
      },
    };
  });

const OTHER = 'https://example.com';
const KEYS = { keys: [{ kty: 'RSA', kid: 'other', n: 'AQAB', e: 'AQAB', alg: 'RS256' }] };
const registered = (...registrations: readonly object[]) => ({ registrations });

const HOSTED = [
  hostedRow('third-party-missing', 'after config push', () => registered()),
  hostedRow('third-party-other-issuer', 'the pool of another stage', () =>
    registered(registrationOf(OTHER)),
  ),
  hostedRow('third-party-several', 'one that is not used any more', ({ registrations }) =>
    registered(...registrations, registrationOf(OTHER)),
  ),
  hostedRow('third-party-own-keys', 'keys by hand beside the pool', ({ registrations }) =>
    registered(...registrations, registrationOf(null, { custom_jwks: KEYS })),
  ),
  hostedRow('third-party-own-keys', 'keys by hand in the registration of the pool', (_, issuer) =>
    registered(registrationOf(issuer, { custom_jwks: KEYS })),
  ),
  hostedRow('third-party-own-keys', 'the keys of another server for the pool', (_, issuer) =>
    registered(registrationOf(issuer, { jwks_url: `${OTHER}/keys.json` })),
  ),
  hostedRow('third-party-keys-stale', 'keys of a pool that was made again', (_, issuer) =>
    registered(registrationOf(issuer, { resolved_jwks: KEYS })),
  ),
  hostedRow('third-party-keys-stale', 'it could read none', (_, issuer) =>
    registered(registrationOf(issuer, { resolved_jwks: { keys: [] } })),
  ),
  hostedRow('project-sign-ups-open', 'as a new project', () => ({
    auth: { disable_signup: false },
  })),
  hostedRow('project-anonymous-sign-ins', 'they are on', () => ({
    auth: { external_anonymous_users_enabled: true },
  })),
  hostedRow('function-verify-jwt', 'deployed before config.toml was changed', ({ functions }) => ({
    functions: [...functions.slice(1), deployedFunction('me', { verify_jwt: true })],
  })),
  hostedRow('function-not-deployed', 'one of two', ({ functions }) => ({
    functions: functions.slice(1),
  })),
  hostedRow('function-not-deployed', 'it was removed', ({ functions }) => ({
    functions: [...functions.slice(1), deployedFunction('me', { status: 'REMOVED' })],
  })),
  hostedRow('project-exposes-schema', 'the directory', () => ({ schemas: 'public, cognito' })),
  hostedRow('project-other-schemas', 'as a new project', () => ({
    schemas: 'public,graphql_public',
  })),
];

/** A bare table in a schema that schema public is not. */
const API_TABLE = `
  create schema api; grant usage on schema api to authenticated;
  create table api.bare (id int); grant select on api.bare to authenticated`;

const EXPOSED = [
  outside('table-without-rls', 'in a schema that config.toml exposes', (right) => {
    const { database, project, issuer } = right;
    if (project?.config === undefined) throw new Error('there is no config.toml');
    const config = project.config.replace('schemas = ["public"]', 'schemas = ["public", "api"]');
    return {
      context: {
        ...{ ...blank(right), project: { ...project, config } },
        ...(database && { database }),
        ...(issuer && { issuer }),
      },
      sql: API_TABLE,
    };
  }),
  outside('table-without-rls', 'in a schema that the hosted project exposes', (right, world) => {
    const { database, issuer } = right;
    const { management, hosted, rightHosted } = world;
    const { respond } = management;
    management.respond = hostedOf({ ...rightHosted, schemas: 'public,api' });
    return {
      context: {
        ...{ ...blank(right), hosted },
        ...(database && { database }),
        ...(issuer && { issuer }),
      },
      sql: API_TABLE,
      undo: () => {
        management.respond = respond;
      },
    };
  }),
];

export const CLOUD_ROWS: readonly OutsideRow[] = [...AWS, ...CODE, ...HOSTED, ...EXPOSED];
