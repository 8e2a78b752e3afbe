/** A pool in a process of its own, to be killed. Prints its endpoint. */
import { startCognito } from '../../../../local/cognito/server.ts';

const [dataDir = '', clientId = '', userPoolId = ''] = process.argv.slice(2);
const { endpoint } = await startCognito({
  dataDir,
  port: 0,
  region: 'local-1',
  userPoolId,
  clientId,
  allowedOrigins: [],
});
process.stdout.write(`${endpoint}\n`);
