/** The Lambda entry of the queue of user events. infra/ bundles this file. */
import { rpcFromEnvironment, warn } from '../service/environment.ts';
import { queueWorker } from './queue.ts';

export const handler = queueWorker(rpcFromEnvironment(process.env), warn);
