/** The Lambda entry of the define auth challenge trigger. infra/ bundles this file. */
export { defineAuthChallenge as handler } from '../auth-challenge/challenge.ts';
