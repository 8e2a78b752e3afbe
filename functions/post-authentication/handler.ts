/** The Lambda entry of the post-authentication trigger. infra/ bundles this file. */
import { queueFromEnvironment, warn } from '../service/environment.ts';
import { postAuthentication } from './core.ts';

export const handler = postAuthentication({ enqueue: queueFromEnvironment(process.env), warn });
