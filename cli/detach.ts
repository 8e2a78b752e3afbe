/**
 * Removes the pre-token trigger from a pool again: `node cli/detach.ts --pool ID --function ARN` shows
 * what would change, `--apply` changes it.
 */
import { main } from './trigger/command.ts';
import { planDetach } from './trigger/plan.ts';

process.exitCode = await main('detach', planDetach, process.argv.slice(2));
