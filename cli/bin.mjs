#!/usr/bin/env node
// The command of the package. It is JavaScript that every Node can parse, so that an old Node prints a sentence instead
// of a syntax error.

const REQUIRED_NODE = 24;

if (Number.parseInt(process.versions.node, 10) < REQUIRED_NODE) {
  console.error(
    `error NODE_TOO_OLD: this is Node ${process.versions.node}, and cognito-supabase needs Node ${REQUIRED_NODE} or later\n` +
      `  → install Node ${REQUIRED_NODE}, and run it again`,
  );
  process.exit(1);
}

const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
