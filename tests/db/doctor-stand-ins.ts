/** What is around the database of doctor's table, all of it right. */
import type { StackEnv } from '@cognito-supabase/contract/settings';
import { type Aws, openAws } from '../../cli/doctor/access/aws.ts';
import { type HostedSettings, openHosted } from '../../cli/doctor/access/hosted.ts';
import { fetchJwks } from '../../cli/token/issuer.ts';
import {
  deployedCode,
  type FunctionsStandIn,
  startFunctions,
} from '../support/doctor-functions.ts';
import {
  alarmsOf,
  deployedFunction,
  type HostedAnswers,
  hostedOf,
  type Respond,
  registrationOf,
  type StandIn,
  type StandInIssuer,
  startIssuer,
  startStandIn,
} from '../support/doctor-world.ts';
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts';

export const POOL = 'eu-central-1_a1B2c3D4e';
const POOL_ARN = `arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${POOL}`;
export const FUNCTION = 'arn:aws:lambda:eu-central-1:123456789012:function:pre-token';
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:alarms';

const alarm = (more: object = {}) => ({
  ...{ AlarmName: 'pre-token fails', ActionsEnabled: true, AlarmActions: [TOPIC] },
  ...{ Namespace: 'AWS/Lambda', MetricName: 'Errors' },
  Dimensions: [{ Name: 'FunctionName', Value: 'pre-token' }],
  ...more,
});

export interface DoctorWorld {
  /** Data API, Storage, Realtime and Supabase Auth. The Data API is the real one of the stack. */
  readonly front: StandIn;
  readonly rightFront: Respond;
  readonly issuer: StandInIssuer;
  readonly cloud: FakeAws;
  readonly functions: FunctionsStandIn;
  readonly aws: Aws;
  readonly alarms: StandIn;
  readonly alarm: typeof alarm;
  readonly hosted: HostedSettings;
  readonly management: StandIn;
  readonly rightHosted: HostedAnswers;
  close(): Promise<void>;
}

/** Data API: as the stack. Storage: as it answers to the owner of no bucket. Supabase Auth: closed. Edge Functions: `me`. */
const frontOf =
  ({ SUPABASE_URL }: StackEnv): Respond =>
  async ({ url = '', headers }) => {
    if (url === '/storage/v1/bucket') return { body: [] };
    if (url === '/auth/v1/settings') return { body: { disable_signup: true } };
    const { apikey, authorization } = headers;
    if (url === '/functions/v1/me') return { status: authorization ? 200 : 401 };
    const answer = await fetch(`${SUPABASE_URL}${url}`, {
      headers: { apikey: String(apikey), ...(authorization && { authorization }) },
    });
    return { status: answer.status, body: await answer.text() };
  };

async function startCloud(): Promise<FakeAws> {
  const cloud = await startFakeAws(
    {
      ...{ Id: POOL, Name: 'people', Arn: POOL_ARN, UserPoolTier: 'ESSENTIALS' },
      LambdaConfig: {
        PreTokenGeneration: FUNCTION,
        PreTokenGenerationConfig: { LambdaArn: FUNCTION, LambdaVersion: 'V3_0' },
      },
    },
    {},
  );
  const Statement = [
    {
      ...{ Effect: 'Allow', Action: 'lambda:InvokeFunction' },
      Principal: { Service: 'cognito-idp.amazonaws.com' },
      Condition: { ArnLike: { 'AWS:SourceArn': POOL_ARN } },
    },
  ];
  cloud.functions = { [FUNCTION]: { Version: '2012-10-17', Statement } };
  return cloud;
}

/** As `connect` leaves a project, with the functions of the kit. */
const rightHostedOf = async ({ COGNITO_ISSUER }: StackEnv): Promise<HostedAnswers> => ({
  registrations: [
    registrationOf(COGNITO_ISSUER, { resolved_jwks: await fetchJwks(COGNITO_ISSUER) }),
  ],
  auth: {},
  functions: [deployedFunction('me'), deployedFunction('cognito-webhook')],
  schemas: 'public',
});

export async function startDoctorWorld(env: StackEnv): Promise<DoctorWorld> {
  // The clients sign, and nobody checks it.
  process.env.AWS_ACCESS_KEY_ID ??= 'of-the-test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'of-the-test';
  const rightFront = frontOf(env);
  const rightHosted = await rightHostedOf(env);
  const [front, issuer, cloud, alarms, management] = await Promise.all([
    startStandIn(rightFront),
    startIssuer(),
    startCloud(),
    startStandIn(alarmsOf([alarm()], 1)),
    startStandIn(hostedOf(rightHosted)),
  ]);
  const functions = await startFunctions(cloud);
  functions.deployed.set(FUNCTION, deployedCode());
  const aws = openAws({
    ...{ poolId: POOL, region: 'eu-central-1' },
    ...{ endpoint: functions.url, alarmsEndpoint: alarms.url },
  });
  const hosted = openHosted({
    ...{ project: 'abcdefghijklmnopqrst', accessToken: 'of-the-test', endpoint: management.url },
  });
  return {
    ...{ front, rightFront, issuer, cloud, functions, aws, alarms, alarm },
    ...{ hosted, management, rightHosted },
    async close() {
      aws.close();
      const all = [front, issuer, functions, cloud, alarms, management];
      await Promise.all(all.map((one) => one.close()));
    },
  };
}
