/** The pre-token trigger, and how to compose it with a handler that is there already. */

export type { PreTokenEvent } from '../pre-token/events.ts';
export { chain, type TriggerHandler } from './chain.ts';
export type { Extend } from './own-claims.ts';
export { createPreTokenHandler, type PreTokenHandler, type PreTokenOptions } from './pre-token.ts';
