/** People who can sign in at once. Made-up, and known to everyone: the stack is on this machine only. */
export const DEMO_USERS = [
  { email: 'alice@example.com', password: 'Alice-demo-2026', groups: ['support'] },
  { email: 'bob@example.com', password: 'Bob-demo-2026', groups: [] },
] as const;
