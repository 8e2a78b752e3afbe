/** The second factor at managed login: asked, chosen, or set up. */

import { awsError, notAuthorized } from '../core/errors.ts';
import type { Challenge } from '../core/sign-in/challenges.ts';
import { checkMayEnter } from '../core/sign-in/entry.ts';
import {
  checkFactor,
  factorsOfUser,
  SECOND_FACTORS,
  type SecondFactor,
  secondFactorFor,
  sendFactorCode,
} from '../core/sign-in/second-factors.ts';
import { isTotpCode, makeTotpSecret } from '../core/sign-in/totp.ts';
import type { UserRecord } from '../store/records.ts';
import { formContext, showPage } from './context.ts';
import { finishSignIn } from './finish.ts';
import { mfaPage, selectMfaPage, setUpMfaPage } from './pages/forms.ts';
import { answerStep, halfDone, type PageRequest } from './steps.ts';

type Answer = Response | Promise<Response>;

/** The second factor, or the end of the sign-in. */
export function afterNewPassword(page: PageRequest, user: UserRecord): Answer {
  checkMayEnter(user);
  const asked = secondFactorFor(page.request.pool, user);
  if (asked.ask === 'nothing') return finish(page, user);
  if (asked.ask === 'SELECT_MFA_TYPE')
    return show(page, user, {
      step: 'LOGIN_SELECT_MFA',
      page: selectMfaPage(asked.factors),
    });
  if (asked.ask === 'MFA_SETUP') return showSetUp(page, user, asked.factors);
  return askFactor(page, user, asked.ask);
}

const finish = ({ oauth, c, request }: PageRequest, user: UserRecord): Answer =>
  finishSignIn(oauth, c, request, user);

interface Shown {
  readonly step: 'LOGIN_MFA' | 'LOGIN_SELECT_MFA' | 'LOGIN_MFA_SETUP';
  readonly page: typeof mfaPage;
  readonly details?: Partial<Challenge>;
  readonly notice?: string;
}

function show(page: PageRequest, user: UserRecord, shown: Shown): Answer {
  const { c, request } = page;
  const text = shown.notice === undefined ? {} : { notice: shown.notice };
  const session = halfDone(page, user, shown.step, shown.details);
  return showPage(c, shown.page(formContext(c, request, text), session), {
    target: request.redirectUri,
  });
}

async function askFactor(page: PageRequest, user: UserRecord, factor: SecondFactor) {
  const { pool, client } = page.request;
  const sent = await sendFactorCode(pool, { user, client }, factor);
  if (sent === undefined) {
    const notice = 'Enter the code of your authenticator app.';
    return show(page, user, { step: 'LOGIN_MFA', page: mfaPage, notice });
  }
  const notice = `We sent a code to ${sent.Destination}.`;
  return show(page, user, {
    step: 'LOGIN_MFA',
    page: mfaPage,
    notice,
    details: { code: sent.code },
  });
}

export const mfa = (page: PageRequest): Answer =>
  answerStep(page, {
    step: 'LOGIN_MFA',
    show: mfaPage,
    check: (user, { code }) => {
      checkFactor(user, code, page.form.get('code') ?? '');
      checkMayEnter(user);
      return finish(page, user);
    },
  });

export const chooseMfa = (page: PageRequest): Answer =>
  answerStep(page, {
    step: 'LOGIN_SELECT_MFA',
    show: selectMfaPage(SECOND_FACTORS),
    check: (user) => {
      const { settings } = page.request.pool.store;
      const wanted = page.form.get('factor');
      const factor = factorsOfUser(settings, user).find((name) => name === wanted);
      if (factor === undefined) throw notAuthorized('This second factor is not available.');
      return askFactor(page, user, factor);
    },
  });

/** Only an authenticator app can be set up here. */
function showSetUp(page: PageRequest, user: UserRecord, factors: readonly SecondFactor[]): Answer {
  if (!factors.includes('SOFTWARE_TOKEN_MFA'))
    throw notAuthorized('The user pool requires a second factor, and you have none.');
  const secret = makeTotpSecret();
  return show(page, user, {
    step: 'LOGIN_MFA_SETUP',
    page: setUpMfaPage(secret),
    details: { softwareToken: { secret, verified: false } },
  });
}

export const setUpMfa = (page: PageRequest): Answer =>
  answerStep(page, {
    step: 'LOGIN_MFA_SETUP',
    show: (context, session, { softwareToken }) =>
      setUpMfaPage(softwareToken?.secret ?? '')(context, session),
    check: (user, { softwareToken }) => {
      if (
        softwareToken === undefined ||
        !isTotpCode(softwareToken.secret, page.form.get('code') ?? '')
      )
        throw awsError('CodeMismatchException', 'Invalid code received for user');
      checkMayEnter(user);
      const list = new Set([...(user.UserMFASettingList ?? []), 'SOFTWARE_TOKEN_MFA']);
      const set = {
        ...user,
        softwareToken: { ...softwareToken, verified: true },
        UserMFASettingList: [...list],
      };
      page.request.pool.users.save(set);
      return finish(page, set);
    },
  });
