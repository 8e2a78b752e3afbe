/** The Lambda entry of the pre-token trigger. infra/ bundles this file, local/ imports it. */
import { preToken } from './core.ts';
import { readSettings, type Warn } from './settings.ts';

// Not console.warn itself: Lambda and tests replace it later, and the replacement must be called.
const warn: Warn = (warning) => console.warn(warning);

/**
 * Handles every version and trigger source of the Cognito pre-token-generation event. It resolves
 * to the event with its response filled in and never rejects; what it cannot read comes back
 * without the claims. The settings are read when this module is loaded.
 */
export const handler = preToken(readSettings(process.env, warn), warn);
