// Entry of `npm start` and `npm run stack`. It is JavaScript that every Node can parse, so that an old
// Node prints a sentence instead of a syntax error. Everything else is TypeScript, which Node 24 runs
// directly.

const REQUIRED_NODE = 24;

if (Number.parseInt(process.versions.node, 10) < REQUIRED_NODE) {
  console.error(
    `error NODE_TOO_OLD: this is Node ${process.versions.node}, and the stack needs Node ${REQUIRED_NODE}\n` +
      '  → run it by npm (`npm start`): `npm ci` installs the right Node for the scripts, and only for them',
  );
  process.exit(1);
}

try {
  const { main } = await import('./start.ts');
  await main(process.argv.slice(2));
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error(
    `error START_FAILED: ${error.message.split(' imported from')[0]}\n  → run \`npm ci\``,
  );
  process.exit(1);
}
