/** What a test file and the host say to each other, by HTTP on a socket that only the owner can open. */
import type { ErrorCode } from '@cognito-supabase/contract/errors';
import type { StackEnv } from '@cognito-supabase/contract/settings';
import type { MachineAccess } from '@cognito-supabase/local/project-config';

/** Names in the folder that the host and the test files of a project share. */
export const SOCKET = 'host.sock';
export const LOG = 'host.log';

/** `POST /stacks`. */
export interface StackRequest {
  readonly origins: readonly string[];
}

/** First line of the answer. It stays open: the stack ends when it is closed, however the test file ends. */
export interface StackAnswer {
  readonly id: string;
  readonly env: StackEnv;
  readonly machines: readonly MachineAccess[];
}

/** `POST /stacks/ID/expired`: a token, and the same as it is after its time. */
export interface TokenMessage {
  readonly token: string;
}

/** Body of a failure. An error that a person can act on has a code and a hint. */
export interface Failure {
  readonly message: string;
  readonly code?: ErrorCode;
  readonly hint?: string;
}
