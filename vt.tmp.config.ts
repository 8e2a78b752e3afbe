import { defineConfig } from 'vitest/config';
export default defineConfig({ test: { include: ['tests/e2e/passkeys.test.ts','tests/e2e/managed-login.test.ts','tests/e2e/redirect.test.ts','tests/docs/user-pool-emulator.test.ts','tests/e2e/federation.test.ts'], testTimeout: 20000, hookTimeout: 20000 } });
