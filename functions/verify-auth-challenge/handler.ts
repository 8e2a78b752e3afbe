/** The Lambda entry of the verify auth challenge response trigger. infra/ bundles this file. */
export { verifyAuthChallenge as handler } from '../auth-challenge/challenge.ts';
