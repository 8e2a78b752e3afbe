/** The Lambda entry of the post-confirmation trigger. infra/ bundles this file. */
import { queueUrl, rpcFromEnvironment, warn } from '../service/environment.ts';
import { postConfirmation } from './core.ts';
import { queueSender } from './queue.ts';

const url = queueUrl(process.env);

export const handler = postConfirmation({
  rpc: rpcFromEnvironment(process.env),
  enqueue: url === undefined ? () => Promise.reject(new Error('no queue')) : queueSender(url),
  warn,
});
