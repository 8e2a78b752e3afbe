/** The Lambda entry of the post-confirmation trigger. infra/ bundles this file. */
import { queueFromEnvironment, rpcFromEnvironment, warn } from '../service/environment.ts';
import { postConfirmation } from './core.ts';

export const handler = postConfirmation({
  rpc: rpcFromEnvironment(process.env),
  enqueue: queueFromEnvironment(process.env),
  warn,
});
