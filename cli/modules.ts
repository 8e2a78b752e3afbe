/**
 * Copies modules of the kit into a Supabase project, or takes them out again, as migrations:
 * `node cli/modules.ts list`, `add NAME…`, `remove NAME…`, with `--workdir DIR` for another folder.
 */
import { main } from './modules/command.ts';

process.exitCode = await main(process.argv.slice(2), console.log);
