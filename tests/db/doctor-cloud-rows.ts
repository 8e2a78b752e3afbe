/** A user pool in AWS and a hosted project that are set up wrongly. */
import type { FindingId } from '../../cli/doctor/catalogue/index.ts';
import { alarmsOf, hostedOf } from '../support/doctor-world.ts';
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
  alarmRow('alarm-without-subscriber', 'the mail was not confirmed', {}, 0),
];

const hostedRow = (id: FindingId, how: string, issuers: readonly string[], auth: object = {}) =>
  outside(id, how, (right, { management, hosted }) => {
    const { respond } = management;
    const own = right.issuer ?? '';
    management.respond = hostedOf(
      issuers.map((one) => (one === 'own' ? own : one)),
      auth,
    );
    return {
      context: { ...blank(right), hosted, issuer: own },
      undo: () => {
        management.respond = respond;
      },
    };
  });

const HOSTED = [
  hostedRow('third-party-missing', 'after config push', []),
  hostedRow('third-party-other-issuer', 'the pool of another stage', ['https://example.com']),
  hostedRow('third-party-several', 'one that is not used any more', ['own', 'https://example.com']),
  hostedRow('project-sign-ups-open', 'as a new project', ['own'], { disable_signup: false }),
  hostedRow('project-anonymous-sign-ins', 'they are on', ['own'], {
    external_anonymous_users_enabled: true,
  }),
];

export const CLOUD_ROWS: readonly OutsideRow[] = [...AWS, ...HOSTED];
