import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AmplifyParts } from '../../../client/src/adapters/amplify.ts';
import { createSessionStore } from '../../../client/src/session-store.ts';
import { adapterOf, fakeToken } from './fake-tokens.ts';

/** An event of Amplify's Hub. */
interface HubEvent {
  readonly event: string;
  readonly data?: unknown;
}

const tokensOf = (sub: string, claims: Record<string, unknown> = {}) => ({
  tokens: {
    accessToken: fakeToken({ sub, role: 'authenticated', ...claims }),
    idToken: fakeToken({ sub, email: `${sub}@example.com` }),
  },
});

const failure = (name: string): HubEvent => ({
  event: 'tokenRefresh_failure',
  data: { error: { name } },
});

const fetchSession = vi.fn<AmplifyParts['fetchSession']>();
const signOut = vi.fn<() => Promise<void>>();
let announce: (event: HubEvent) => void;

const create = () =>
  createSessionStore(
    adapterOf(fetchSession, {
      signOut,
      listen: (listener) => {
        announce = listener;
        return () => {};
      },
    }),
  );

/** A store with a signed-in person. */
const signedInAs = async (sub: string) => {
  fetchSession.mockResolvedValue(tokensOf(sub));
  const store = create();
  await store.restore();
  return store;
};

beforeEach(() => {
  fetchSession.mockReset();
  signOut.mockReset().mockImplementation(async () => announce({ event: 'signedOut' }));
});

describe('restore', () => {
  it('finds the person of the session, named by email', async () => {
    const store = create();
    expect(store.getSnapshot()).toEqual({ status: 'restoring' });
    fetchSession.mockResolvedValue(tokensOf('ada'));
    await store.restore();
    expect(store.getSnapshot()).toMatchObject({
      status: 'signedIn',
      person: { sub: 'ada', name: 'ada@example.com', claims: { role: 'authenticated' } },
    });
  });

  it('finds no session', async () => {
    fetchSession.mockResolvedValue({});
    const store = create();
    await store.restore();
    expect(store.getSnapshot()).toEqual({ status: 'signedOut', end: null });
  });

  it('does not take a lost connection for the end of the session', async () => {
    const error = new Error('offline');
    fetchSession.mockRejectedValue(error);
    const store = create();
    await store.restore();
    expect(store.getSnapshot()).toEqual({ status: 'unreachable', error });
  });

  it('keeps the signed-in person after a failed read', async () => {
    const store = await signedInAs('ada');
    fetchSession.mockRejectedValue(new Error('offline'));
    await store.restore();
    expect(store.getSnapshot()).toMatchObject({ status: 'signedIn', person: { sub: 'ada' } });
  });
});

describe('the end of a session', () => {
  it.each(['NotAuthorizedException', 'TokenRevokedException', 'UserNotFoundException'])(
    'comes with %s, and says so',
    async (name) => {
      const store = await signedInAs('ada');
      announce(failure(name));
      announce({ event: 'signedOut' });
      expect(store.getSnapshot()).toEqual({ status: 'signedOut', end: 'refused' });
    },
  );

  it('does not come with a failure that may pass', async () => {
    const store = await signedInAs('ada');
    announce(failure('NetworkError'));
    expect(store.getSnapshot().status).toBe('signedIn');
  });

  it('distinguishes a sign-out in another tab from one here', async () => {
    const elsewhere = await signedInAs('ada');
    announce({ event: 'signedOut' });
    expect(elsewhere.getSnapshot()).toEqual({ status: 'signedOut', end: 'elsewhere' });

    const here = await signedInAs('ada');
    await here.signOut();
    expect(here.getSnapshot()).toEqual({ status: 'signedOut', end: null });
  });

  it('survives a look at the session that was under way', async () => {
    const store = await signedInAs('ada');
    const slow = Promise.withResolvers<ReturnType<typeof tokensOf>>();
    fetchSession.mockReturnValue(slow.promise);
    const restored = store.restore();
    announce(failure('NotAuthorizedException'));
    slow.resolve(tokensOf('ada'));
    await restored;
    expect(store.getSnapshot()).toEqual({ status: 'signedOut', end: 'refused' });
  });
});

it('ends at once when the database has revoked the session', async () => {
  const store = await signedInAs('ada');
  const ended = store.end();
  expect(store.getSnapshot()).toEqual({ status: 'signedOut', end: 'revoked' });
  await ended;
  expect(signOut).toHaveBeenCalledOnce();
  expect(store.getSnapshot()).toEqual({ status: 'signedOut', end: 'revoked' });
});

describe('another account', () => {
  it('clears the page of the one before while it is being read', async () => {
    const store = await signedInAs('ada');
    const states: string[] = [];
    store.subscribe(() => {
      const state = store.getSnapshot();
      states.push(state.status === 'signedIn' ? state.person.sub : state.status);
    });
    fetchSession.mockResolvedValue(tokensOf('bob'));
    announce({ event: 'signedIn', data: { userId: 'bob' } });
    await vi.waitFor(() => expect(store.getSnapshot().status).toBe('signedIn'));
    expect(states).toEqual(['restoring', 'bob']);
  });

  it('wins over an answer for the one before that comes late', async () => {
    const store = create();
    const slow = Promise.withResolvers<ReturnType<typeof tokensOf>>();
    fetchSession.mockReturnValueOnce(slow.promise).mockResolvedValue(tokensOf('bob'));
    const first = store.restore();
    announce({ event: 'signedIn', data: { userId: 'bob' } });
    await vi.waitFor(() => expect(store.getSnapshot().status).toBe('signedIn'));
    slow.resolve(tokensOf('ada'));
    await first;
    expect(store.getSnapshot()).toMatchObject({ person: { sub: 'bob' } });
  });
});

describe('refreshClaims', () => {
  it('asks for a new token and shows its claims', async () => {
    const store = await signedInAs('ada');
    fetchSession.mockImplementation(async (options) =>
      tokensOf('ada', options?.forceRefresh ? { app_role: 'editor' } : {}),
    );
    await store.refreshClaims();
    expect(store.getSnapshot()).toMatchObject({ person: { claims: { app_role: 'editor' } } });
  });

  it('throws where Cognito cannot be reached, and leaves the session', async () => {
    const store = await signedInAs('ada');
    fetchSession.mockRejectedValue(new Error('offline'));
    await expect(store.refreshClaims()).rejects.toThrow('offline');
    expect(store.getSnapshot().status).toBe('signedIn');
  });
});

it('follows a renewal that happened elsewhere', async () => {
  const store = await signedInAs('ada');
  fetchSession.mockResolvedValue(tokensOf('ada', { iat: 2 }));
  announce({ event: 'tokenRefresh' });
  await vi.waitFor(() =>
    expect(store.getSnapshot()).toMatchObject({ person: { claims: { iat: 2 } } }),
  );
});
