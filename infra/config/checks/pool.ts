/** Checks of the user pool and its trigger. */
import {
  type ExistingPoolSettings,
  isExisting,
  type PoolSettings,
  type StageSettings,
} from '../settings.ts';
import { must, mustHave, twice } from './refuse.ts';
import { checkHost, checkMail } from './urls.ts';

/** The plan that follows from the settings. */
export const planOf = (pool: PoolSettings): NonNullable<PoolSettings['plan']> =>
  pool.plan ?? (pool.threatProtection ? 'PLUS' : 'ESSENTIALS');

function checkPlan(settings: StageSettings, pool: PoolSettings) {
  const plan = planOf(pool);
  const version = settings.preToken?.version ?? 'V3_0';
  must(
    version === 'V1_0' || plan !== 'LITE',
    'pool.plan',
    `LITE has no ${version} trigger`,
    'Use ESSENTIALS, or preToken.version V1_0 if ID tokens alone are enough.',
  );
  must(
    !pool.threatProtection || plan === 'PLUS',
    'pool.threatProtection',
    `needs the plan PLUS, not ${plan}`,
    'Leave pool.plan out, or set it to PLUS.',
  );
  must(
    plan !== 'LITE' || (!pool.passkeys && pool.password?.history === 0 && !settings.login),
    'pool.plan',
    'LITE has no passkeys, no password history and no managed login',
    'Use ESSENTIALS, or leave those out and set pool.password.history to 0.',
  );
}

function checkPassword({ minLength = 12, history = 5 }: NonNullable<PoolSettings['password']>) {
  must(
    Number.isInteger(minLength) && minLength >= 12 && minLength <= 99,
    'pool.password.minLength',
    `${minLength} is not from 12 to 99`,
    'Longer passwords are stronger.',
  );
  must(
    Number.isInteger(history) && history >= 0 && history <= 24,
    'pool.password.history',
    `${history} is not from 0 to 24`,
    'How many earlier passwords are refused.',
  );
}

function checkGroups(settings: StageSettings, pool: PoolSettings) {
  const names = (pool.groups ?? []).map(({ name }) => name);
  const repeated = twice(names);
  must(!repeated, 'pool.groups', `${repeated} is there twice`, 'Each group once, strongest first.');
  for (const [index, name] of names.entries()) {
    must(
      /^[\w.+=@-]{1,128}$/.test(name),
      `pool.groups[${index}].name`,
      `"${name}" is not a name of a group`,
      'Letters, digits and _ . + = @ -, without spaces.',
    );
  }
  const known = (key: string, wanted: readonly string[] = []) => {
    for (const [index, name] of wanted.entries()) {
      must(
        names.includes(name),
        `${key}[${index}]`,
        `there is no group ${name}`,
        `pool.groups has ${names.join(', ') || 'none'}.`,
      );
    }
  };
  known('preToken.appRoleGroups', settings.preToken?.appRoleGroups);
  known('identityPool.groupRoles', settings.identityPool?.groupRoles);
}

function checkAttributes(attributes: NonNullable<PoolSettings['attributes']>) {
  for (const [name, { max }] of Object.entries(attributes)) {
    const key = `pool.attributes.${name}`;
    must(
      /^\w{1,20}$/.test(name),
      key,
      'is not a valid name in Cognito',
      'Up to 20 letters, digits and _; without custom:.',
    );
    // Only the trigger sets the role of a token. An attribute of that name would be confusing.
    must(name !== 'role', key, 'an attribute must not be called role', 'Use a group instead.');
    must(max === undefined || max > 0, `${key}.max`, `${max} is not above 0`, 'Leave it out.');
  }
}

/** AWS's rules for passkeys. Cognito would refuse these settings, or nobody could sign in with them. */
function checkPasskeys({ login }: StageSettings, { passkeys, mfa }: PoolSettings) {
  if (!passkeys) return;
  const key = 'pool.passkeys';
  const { relyingPartyId, userVerification, asMfa } = passkeys;
  checkHost(`${key}.relyingPartyId`, relyingPartyId);
  if (login && 'domain' in login) {
    must(
      login.domain === relyingPartyId || login.domain.endsWith(`.${relyingPartyId}`),
      `${key}.relyingPartyId`,
      `"${relyingPartyId}" is not ${login.domain}, where people sign in, nor above it`,
      'A browser uses a passkey only for its domain and subdomains.',
    );
  }
  must(
    !asMfa || userVerification === 'required',
    `${key}.asMfa`,
    'a passkey counts as two factors only if it asks for a finger, a face or a PIN',
    "Set pool.passkeys.userVerification to 'required'.",
  );
  must(
    !asMfa || mfa !== 'off',
    `${key}.asMfa`,
    'there is no second factor that it could count as',
    'Set pool.mfa, or leave it out.',
  );
  must(
    asMfa || mfa !== 'required',
    key,
    'nobody could sign in by passkey if a second factor is required',
    "Set pool.passkeys.asMfa with userVerification 'required', or pool.mfa to 'optional'.",
  );
}

const RANGE = /^(\d{1,3}(\.\d{1,3}){3}\/(\d|[12]\d|3[0-2])|[0-9a-fA-F:]+\/\d{1,3})$/;

function checkRisk({ risk, threatProtection, email, mfa, logs }: PoolSettings) {
  const signIns = logs?.includes('sign-ins');
  must(
    !signIns || threatProtection,
    'pool.logs',
    'sign-ins are logged only with threat protection',
    "Set pool.threatProtection, or leave 'sign-ins' out.",
  );
  if (!risk) return;
  must(
    threatProtection,
    'pool.risk',
    'there is no threat protection',
    'Set pool.threatProtection.',
  );
  for (const [level, reaction] of Object.entries(risk.accountTakeover ?? {})) {
    const key = `pool.risk.accountTakeover.${level}`;
    must(
      !reaction.notify || email,
      `${key}.notify`,
      'these mails are sent by SES, and pool.email is not set',
      'Set pool.email.',
    );
    must(
      !reaction.action.startsWith('mfa') || mfa !== 'off',
      `${key}.action`,
      'there is no second factor to ask for',
      'Set pool.mfa, or choose another action.',
    );
  }
  for (const kind of ['blockedRanges', 'skippedRanges'] as const) {
    for (const [index, range] of (risk[kind] ?? []).entries()) {
      must(
        RANGE.test(range),
        `pool.risk.${kind}[${index}]`,
        `"${range}" is not an address range`,
        'In CIDR notation, as in 192.0.2.0/24.',
      );
    }
  }
}

function checkExisting(settings: StageSettings, { existingId, clientIds }: ExistingPoolSettings) {
  const [, region] = /^([a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]+$/.exec(existingId) ?? [];
  must(
    region,
    'pool.existingId',
    `"${existingId}" is not the id of a user pool`,
    'As in eu-central-1_a1B2c3D4e.',
  );
  must(
    region === settings.region,
    'pool.existingId',
    `the pool is in ${region}, and region says ${settings.region}`,
    'A trigger has to be in the region of its pool.',
  );
  must(clientIds.length, 'pool.clientIds', 'is empty', 'App clients whose tokens the API accepts.');
  for (const key of ['clients', 'login', 'federation', 'identityPool'] as const) {
    must(
      !settings[key],
      key,
      'belongs to a pool of this stack, and pool.existingId names another',
      'Leave it out: this stack changes nothing of an existing pool.',
    );
  }
  must(
    !settings.operations?.firewall?.pool,
    'operations.firewall.pool',
    'belongs to a pool of this stack, and pool.existingId names another',
    'Associate the web ACL where the pool is made.',
  );
}

function checkPreToken({ preToken, clients }: StageSettings) {
  const reserved = preToken?.reservedConcurrency ?? 1;
  must(
    reserved > 0,
    'preToken.reservedConcurrency',
    `${reserved} would let nobody sign in`,
    'Above 0: how many sign-ins at once.',
  );
  const version = preToken?.version ?? 'V3_0';
  if (version !== 'V3_0') {
    mustHave(
      preToken?.versionReason,
      'preToken.versionReason',
      `Say why ${version}: it does less than V3_0.`,
    );
  }
  must(
    version === 'V3_0' || !clients?.machine?.claims,
    'clients.machine.claims',
    `${version} does not fire for machines`,
    'Use preToken.version V3_0.',
  );
  const role = clients?.machine?.claims?.role;
  must(
    role === undefined || role === 'authenticated',
    'clients.machine.claims.role',
    'the trigger allows only the role authenticated',
    "Write 'authenticated', and use another claim for other roles.",
  );
  must(
    version === 'V3_0' || !preToken?.machineClaims,
    'preToken.machineClaims',
    `${version} does not fire for machines`,
    'Use V3_0.',
  );
}

/** @throws KitError */
export function checkPool(settings: StageSettings) {
  const { pool } = settings;
  checkPreToken(settings);
  if (isExisting(pool)) return checkExisting(settings, pool);
  checkPlan(settings, pool);
  checkPassword(pool.password ?? {});
  checkGroups(settings, pool);
  checkAttributes(pool.attributes ?? {});
  checkPasskeys(settings, pool);
  checkRisk(pool);
  must(!pool.sms || pool.mfa !== 'off', 'pool.sms', 'there is no second factor', 'Set pool.mfa.');
  if (pool.email) {
    const { from, replyTo, verifiedDomain } = pool.email;
    checkMail('pool.email.from', from, 'An address of a domain that SES has verified.');
    if (replyTo !== undefined) checkMail('pool.email.replyTo', replyTo, 'An address.');
    if (verifiedDomain !== undefined) checkHost('pool.email.verifiedDomain', verifiedDomain);
  }
}
