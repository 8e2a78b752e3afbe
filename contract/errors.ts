/**
 * The base error of the project and the union of its codes. A code is part of the interface:
 * docs/errors.md lists it, and its name does not change.
 */

/** Every code an error of this project can carry. */
export type ErrorCode =
  | 'ACCESS_TOKEN_REFUSED'
  | 'ATTACH_INCOMPLETE'
  | 'BAD_OPTION'
  | 'CONFIG_TAKEN'
  | 'CONFIG_UNREADABLE'
  | 'CONNECT_INCOMPLETE'
  | 'CREDENTIALS_MISSING'
  | 'DATABASE_FAILED'
  | 'DATA_DIR_FOREIGN_OWNER'
  | 'DATA_DIR_IN_USE'
  | 'DATA_DIR_NOT_A_FOLDER'
  | 'DATA_DIR_NOT_OURS'
  | 'DATA_DIR_READ_ONLY'
  | 'DATA_DIR_UNREADABLE'
  | 'DATA_DIR_WRONG_VERSION'
  | 'DELETES_REFUSED'
  | 'DEPLOY_FAILED'
  | 'DISK_FULL'
  | 'DOCKER_MISSING'
  | 'ENV_NOT_IGNORED'
  | 'FILE_UNREADABLE'
  | 'FUNCTION_MISSING'
  | 'JOURNAL_UNREADABLE'
  | 'KEY_LIMIT'
  | 'MIGRATION_FAILED'
  | 'MODULE_CHANGED'
  | 'MODULE_IN_USE'
  | 'MODULE_MISSING'
  | 'MODULE_UNKNOWN'
  | 'NAME_TAKEN'
  | 'NODE_TOO_OLD'
  | 'OUTPUTS_MISSING'
  | 'OUTPUTS_WRONG'
  | 'PERMISSION_MISSING'
  | 'PLAN_TOO_LOW'
  | 'POOL_REFUSED'
  | 'POOL_UNREACHABLE'
  | 'PORT_TAKEN'
  | 'PROJECT_MISMATCH'
  | 'PROJECT_NOT_FOUND'
  | 'PROJECT_READ_ONLY'
  | 'RATE_LIMITED'
  | 'RECORD_MISSING'
  | 'RECORD_WRONG'
  | 'RELEASE_CHANGED'
  | 'RUN_IN_PROGRESS'
  | 'RUN_LOCK_FAILED'
  | 'SETTING_INVALID'
  | 'SETTING_MISSING'
  | 'STACK_NOT_RUNNING'
  | 'START_FAILED'
  | 'STOP_TIMED_OUT'
  | 'SUPABASE_KEY_REFUSED'
  | 'SUPABASE_REFUSED'
  | 'SUPABASE_UNREACHABLE'
  | 'TOKEN_INVALID'
  | 'TOKEN_MISSING'
  | 'TRIGGER_TAKEN';

/** The text that a command prints: what is wrong, and what to do. */
export const inWords = ({ code, message, hint }: KitError): string =>
  `error ${code}: ${message}\n  → ${hint}`;

/** An error that a person can act on: the message says what is wrong, `hint` what to do. */
export class KitError extends Error {
  override readonly name = 'KitError';
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
