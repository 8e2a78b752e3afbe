import { defineConfig } from 'vitest/config';

/** A project a tier. Only `unit` runs without a stack; the others share one, started on demand. */
const tier = (name: string, options: object = {}) => ({
  test: { name, include: [`tests/${name}/**/*.test.ts`], ...options },
});

export default defineConfig({
  test: {
    projects: [tier('unit')],
  },
});
