/** Checks of the parts around the pool: API, identity pool, reader, functions, operations. */
import type { StageSettings } from '../settings.ts';
import { must } from './refuse.ts';
import { checkSecretName } from './secrets.ts';
import { checkCertificate, checkHost, checkMail, checkOrigin } from './urls.ts';

function checkApi({ api, region, stage, supabase }: StageSettings) {
  if (!api) return;
  if (api.webhook) {
    checkSecretName('api.webhook.secretName', api.webhook.secretName);
    must(
      supabase.secretName !== undefined,
      'api.webhook',
      'needs the secret key, because it acts for the service',
      'Set supabase.secretName.',
    );
  }
  for (const [index, origin] of api.corsOrigins.entries()) {
    checkOrigin(`api.corsOrigins[${index}]`, origin, stage);
  }
  const { rate = 50, burst = 100 } = api.throttle ?? {};
  must(
    rate > 0 && burst >= rate,
    'api.throttle',
    `${rate} a second and ${burst} at once does not work`,
    'Both above 0, and burst not below rate.',
  );
  if (api.domain) {
    checkHost('api.domain.name', api.domain.name);
    checkCertificate('api.domain.certificateArn', api.domain.certificateArn, region);
  }
}

function checkIdentityPool({ identityPool }: StageSettings) {
  if (!identityPool?.auth0) return;
  checkHost('identityPool.auth0.domain', identityPool.auth0.domain);
  must(
    identityPool.auth0.clientIds.length,
    'identityPool.auth0.clientIds',
    'is empty',
    'Without an audience IAM would accept tokens of any application of the tenant.',
  );
}

function checkProviderArn({ identityPool }: StageSettings) {
  const arn = identityPool?.auth0?.providerArn;
  must(
    arn === undefined || /^arn:aws[\w-]*:iam::\d{12}:oidc-provider\/.+$/.test(arn),
    'identityPool.auth0.providerArn',
    `"${arn}" is not the ARN of a provider`,
    'arn:aws:iam::ACCOUNT:oidc-provider/TENANT.auth0.com/.',
  );
}

function checkOperations({ operations, api, region, stage }: StageSettings) {
  const email = operations?.alarms?.email;
  if (email !== undefined)
    checkMail('operations.alarms.email', email, 'It gets a mail to confirm.');
  must(
    stage !== 'prod' || operations?.alarms,
    'operations.alarms',
    'is missing in prod',
    "Set it, at least to { email: 'ops@…' }.",
  );
  must(
    stage === 'dev' || !operations?.alarms || email !== undefined,
    'operations.alarms.email',
    `is missing in ${stage}: its alarms would reach nobody`,
    'The address that alarms notify. It gets a mail to confirm.',
  );
  const tooMany = operations?.alarms?.failedSignIns ?? 50;
  must(
    tooMany > 0,
    'operations.alarms.failedSignIns',
    `${tooMany} is not above 0`,
    'Failed sign-ins in 5 minutes.',
  );
  const firewall = operations?.firewall;
  if (!firewall) return;
  must(
    !firewall.logs || firewall.pool || firewall.api === true,
    'operations.firewall.logs',
    'there is no firewall of this stack to log',
    'Set operations.firewall.pool, or leave it out.',
  );
  must(
    (firewall.requestsPerAddress ?? 1000) >= 10,
    'operations.firewall.requestsPerAddress',
    'is below 10, the minimum of AWS WAF',
    'Requests in 5 minutes.',
  );
  if (!firewall.api) return;
  const key = 'operations.firewall.api';
  must(api, key, 'there is no API', 'Set api, or leave this out.');
  must(!api.domain, key, 'api.domain would bypass the firewall', 'Leave api.domain out.');
  if (firewall.api === true) {
    must(
      region === 'us-east-1',
      key,
      `a web ACL for CloudFront is in us-east-1, and this stage is in ${region}`,
      'Make it there, and name it: {webAclArn}.',
    );
  } else {
    must(
      /^arn:aws[\w-]*:wafv2:us-east-1:\d{12}:global\/webacl\//.test(firewall.api.webAclArn),
      `${key}.webAclArn`,
      'is not the ARN of a web ACL of scope CLOUDFRONT',
      'arn:aws:wafv2:us-east-1:ACCOUNT:global/webacl/NAME/ID.',
    );
  }
}

/** @throws KitError */
export function checkParts(settings: StageSettings) {
  const serial = settings.reader?.accessKey?.serial ?? 1;
  must(
    Number.isInteger(serial) && serial > 0,
    'reader.accessKey.serial',
    `${serial} is not a whole number above 0`,
    'One higher for a new key.',
  );
  checkApi(settings);
  checkIdentityPool(settings);
  checkProviderArn(settings);
  checkOperations(settings);
}
