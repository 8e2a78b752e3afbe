// Entry of the process that serves test files (../host-process.ts starts it).
import { main } from './server.ts';

await main(process.argv.slice(2));
