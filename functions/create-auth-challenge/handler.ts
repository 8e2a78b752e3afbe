/** The Lambda entry of the create auth challenge trigger. infra/ bundles this file. */
import { createAuthChallenge } from '../auth-challenge/challenge.ts';
import { warn } from '../service/environment.ts';
import { mailFromEnvironment } from '../service/mail-environment.ts';

const { sendCode } = mailFromEnvironment(process.env);

export const handler = createAuthChallenge({ sendCode, warn });
