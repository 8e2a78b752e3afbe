/** The settings of a project's local stack, for `cognito-supabase.config.ts`. */
import type { ProjectConfig } from '@cognito-supabase/local/project-config';

export type {
  LocalMachine,
  LocalPerson,
  ProjectConfig,
} from '@cognito-supabase/local/project-config';

/**
 * Gives the settings back as they are, so that an editor knows their names.
 *
 * @example
 * export default defineConfig({
 *   people: [{ email: 'ada@example.com', password: 'Ada-engine-1843', groups: ['editors'] }],
 * });
 */
export const defineConfig = (config: ProjectConfig): ProjectConfig => config;
