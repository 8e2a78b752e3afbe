/** The Lambda entry of the pre-token trigger. infra/ bundles this file, local/ imports it. */
import { preToken } from './core.ts';
import { readSettings, type Warn } from './settings.ts';

// A function, because Lambda and tests replace console.warn later.
const warn: Warn = (warning) => console.warn(warning);

/**
 * Handles every version and trigger source of the Cognito pre-token-generation event. It resolves to the
 * event with its response filled in and never rejects. It returns an event that it cannot read without
 * the claims. The settings are read when this module is loaded.
 */
export const handler = preToken(readSettings(process.env, warn), warn);
