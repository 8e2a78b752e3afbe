import { defineConfig } from 'vitest/config';

/** A project a tier. `unit` and `synth` run without a stack; the others share one (global-setup.ts). */
const onStack = (name: string) => ({
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    globalSetup: ['tests/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

export default defineConfig({
  test: {
    // Most tests wait for processes of their own. Vitest's default is one worker less than there are cores.
    maxWorkers: 2,
    reporters: ['default', './tests/support/closing-line.ts'],
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'synth',
          include: ['tests/synth/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'packages',
          include: ['tests/packages/**/*.test.ts'],
          globalSetup: ['tests/packages/pack-once.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      onStack('db'),
      onStack('docs'),
      onStack('security'),
      onStack('e2e'),
    ],
  },
});
