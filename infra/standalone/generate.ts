/**
 * Puts the trigger into template.yaml: `node infra/standalone/generate.ts` writes
 * cognito-for-supabase.yaml, and a test compares it with what is committed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { FUNCTIONS_DIR } from '../lib/bundle.ts';
import { withCodeMark } from '../lib/code-mark.ts';

/** The generated template. */
export const TEMPLATE = fileURLToPath(new URL('./cognito-for-supabase.yaml', import.meta.url));

/**
 * The trigger as CommonJS, which is what Lambda makes of inline code. White space and names stay, so that
 * people who deploy the template can read the trigger.
 */
function trigger(): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(FUNCTIONS_DIR, 'pre-token/handler.ts')],
    bundle: true,
    minifySyntax: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    write: false,
  });
  const code = outputFiles[0]?.text ?? '';
  return (
    code
      // Comments with the file of each part are not needed here.
      .replaceAll(/^\/\/ .*\n/gm, '')
      // One line instead of the twenty of esbuild's own CommonJS prelude.
      .replace(/^export \{\s*handler\s*\};$/m, 'exports.handler = handler;')
      .trim()
  );
}

/** The template's text. */
export function standaloneTemplate(): string {
  const template = readFileSync(new URL('./template.yaml', import.meta.url), 'utf8');
  const code = trigger();
  return (
    template
      // A block of YAML ends with one line break, so the file that Lambda gets does too.
      .replace(/"(.*)" # MARK$/m, (_, text: string) => `"${withCodeMark(text, `${code}\n`)}"`)
      .replace(/^( *)# TRIGGER$/m, (_, indent: string) =>
        code
          .split('\n')
          .map((line) => (line ? indent + line : line))
          .join('\n'),
      )
  );
}

if (import.meta.main) writeFileSync(TEMPLATE, standaloneTemplate());
