/**
 * Sets the pre-token trigger on a pool that infra/ does not own:
 * `node cli/attach.ts --pool ID --function ARN` shows what would change, `--apply` changes it.
 */
import { main } from './trigger/command.ts';
import { planAttach } from './trigger/plan.ts';

process.exitCode = await main('attach', planAttach, process.argv.slice(2));
