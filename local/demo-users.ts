/**
 * Users who can sign in at once. Their passwords are public, because the stack is on this machine only.
 */
export const DEMO_USERS = [
  { email: 'alice@example.com', password: 'Alice-demo-2026', groups: ['support'] },
  { email: 'bob@example.com', password: 'Bob-demo-2026', groups: [] },
] as const;
