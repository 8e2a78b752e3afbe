/** Hooks of tests with a hosted world. */
import { afterEach, beforeEach, expect } from 'vitest';
import type { HostedWorld } from './hosted-world.ts';

/** Each test begins with a new project. Every test prints, and no line may show a secret. */
export function useNewProjects(world: () => HostedWorld): void {
  beforeEach(() => world().begin());
  afterEach(() => {
    const printed = world().printed.join('\n');
    for (const secret of world().allSecrets()) expect(printed).not.toContain(secret);
  });
}
