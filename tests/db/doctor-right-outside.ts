/** Set-ups of somebody else around the database that are right. */
import type { Context } from '../../cli/doctor/check.ts';
import { alarmsOf, deployedFunction, hostedOf } from '../support/doctor-world.ts';
import { type Broken, blank } from './doctor-row.ts';
import { type DoctorWorld, POOL } from './doctor-stand-ins.ts';

export interface RightOutside {
  readonly how: string;
  readonly make: (right: Context, world: DoctorWorld) => Broken;
}

/** The project of the test, with an Edge Function that verifies no token, and config.toml without its section. */
function withCron({ project, issuer }: Context) {
  if (project === undefined) throw new Error('there is no project');
  const functions = [...project.functions, 'cron-job', 'stripe hook'];
  return { project: { ...project, functions }, ...(issuer && { issuer }) };
}

/** @param isHere the folder has its code */
const deployed = (how: string, isHere: boolean): RightOutside => ({
  how,
  make: (right, { management, hosted, rightHosted }) => {
    const { respond } = management;
    const more = ['cron-job', 'stripe-hook'].map((slug) =>
      deployedFunction(slug, { verify_jwt: true }),
    );
    management.respond = hostedOf({
      ...rightHosted,
      functions: [...rightHosted.functions, ...more],
    });
    const { project, ...rest } = withCron(right);
    const functions = project.functions.filter((name) => isHere || name !== 'cron-job');
    return {
      context: {
        ...{ ...blank(right), ...rest, hosted },
        project: { ...project, functions: functions.filter((name) => name !== 'stripe hook') },
      },
      undo: () => {
        management.respond = respond;
      },
    };
  },
});

/** The alarm of the pool has no action, and composite alarms are above it. */
const composite = (how: string, above: readonly object[]): RightOutside => ({
  how,
  make: (right, { alarms, alarm, aws }) => {
    const { respond } = alarms;
    alarms.respond = alarmsOf([alarm({ AlarmActions: [] })], 1, above);
    return {
      context: { ...blank(right), aws },
      undo: () => {
        alarms.respond = respond;
      },
    };
  },
});

const ACTS = { ActionsEnabled: true, AlarmActions: ['arn:aws:sns:eu-central-1:1:on-call'] };

export const RIGHT_OUTSIDE: readonly RightOutside[] = [
  {
    how: 'Edge Functions that verify no token keep the check of the platform',
    make: (right) => ({ context: { ...blank(right), ...withCron(right) } }),
  },
  {
    how: 'config.toml exposes a schema cognito that is not of the kit',
    make: (right) => {
      const { project, ...rest } = withCron(right);
      const config = project.config?.replace(
        'schemas = ["public"]',
        'schemas = ["public", "cognito"]',
      );
      const own = { ...project, config, migrations: ['0001_init.sql'] };
      return { context: { ...blank(right), ...rest, project: own } };
    },
  },
  deployed('deployed functions that verify no token', true),
  deployed('deployed functions whose code is not there', false),
  {
    how: 'the pool is of another account',
    make: (right, { aws, cloud }) => {
      cloud.pool.Id = 'eu-central-1_Other';
      const issuer = `https://cognito-idp.eu-central-1.amazonaws.com/${POOL}`;
      const text = JSON.stringify({ issuer });
      const keys = [{ kty: 'RSA', kid: 'own', n: 'AQAB', e: 'AQAB' }];
      const open = {
        get: async () => ({ status: 200, text, date: undefined }),
        fetchJwks: async () => ({ keys }),
      };
      return {
        context: { ...blank(right), ...open, aws, issuer },
        undo: () => {
          cloud.pool.Id = POOL;
        },
      };
    },
  },
  composite('an alarm that sets off another one', [
    { AlarmName: 'people', AlarmRule: 'OK("x") OR ALARM("pre-token fails")', ...ACTS },
  ]),
  composite('an alarm that sets off another one by others', [
    { AlarmName: 'top', AlarmRule: 'ALARM(middle) AND NOT ALARM(works)', ...ACTS },
    { AlarmName: 'middle', AlarmArn: 'arn:m', AlarmRule: "ALARM( 'pre-token fails' )" },
  ]),
];
