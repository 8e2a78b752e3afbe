/** Entry of `npm run cognito`. */
import { enableCompileCache } from 'node:module';
import path from 'node:path';

// Compiled modules are kept beside the packages, which halves the time of a start.
enableCompileCache?.(path.join(import.meta.dirname, '../../node_modules/.cache/compiled'));
const { main } = await import('./command.ts');

await main(process.argv.slice(2));
