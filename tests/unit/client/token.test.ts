import { describe, expect, it, vi } from 'vitest';
import { createTokenSource } from '../../../client/src/token-source.ts';
import { adapterOf, fakeSession, fakeToken, hourToken } from './fake-tokens.ts';

const NOW = Date.UTC(2026, 10, 21, 9, 0, 0);
const now = () => NOW;

const OLD = hourToken(NOW, 600, { jti: 'old' });
const NEW = hourToken(NOW, 0, { jti: 'new' });
const BOBS = hourToken(NOW, 0, { sub: 'bob' });

/** A promise and how to settle it. */
const later = <T>() => Promise.withResolvers<T>();

describe('current', () => {
  it('gives the access token of the session', async () => {
    const session = fakeSession(OLD);
    expect(await createTokenSource({ auth: adapterOf(session.fetchSession), now }).current()).toBe(
      OLD,
    );
    expect(session.asked).toEqual({ plain: 1, forced: 0 });
  });

  it('returns null without a session, and does not renew', async () => {
    const session = fakeSession(null);
    expect(
      await createTokenSource({ auth: adapterOf(session.fetchSession), now }).current(),
    ).toBeNull();
    expect(session.asked.forced).toBe(0);
  });

  it('looks once for callers at the same time', async () => {
    const session = fakeSession(OLD);
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now });
    expect(await Promise.all([tokens.current(), tokens.current(), tokens.current()])).toEqual([
      OLD,
      OLD,
      OLD,
    ]);
    expect(session.asked.plain).toBe(1);
    await tokens.current();
    expect(session.asked.plain).toBe(2);
  });

  it('throws when the session cannot be read, instead of passing for signed out', async () => {
    const tokens = createTokenSource({
      auth: adapterOf(() => Promise.reject(new Error('offline'))),
      now,
    });
    await expect(tokens.current()).rejects.toThrow('offline');
  });

  it('looks again after a failure', async () => {
    const fetchSession = vi
      .fn()
      .mockRejectedValueOnce(new Error('offline'))
      .mockResolvedValueOnce({ tokens: { accessToken: OLD } });
    const tokens = createTokenSource({ auth: adapterOf(fetchSession), now });
    await expect(tokens.current()).rejects.toThrow('offline');
    expect(await tokens.current()).toBe(OLD);
  });
});

describe('current, near the end of a token', () => {
  const ending = hourToken(NOW, 3560); // 40 seconds left
  const ended = hourToken(NOW, 3601);

  it('renews a minute before, so that a token outlives the heartbeat of Realtime', async () => {
    const session = fakeSession(ending);
    session.renewal = async () => NEW;
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now });
    expect(await Promise.all([tokens.current(), tokens.current()])).toEqual([NEW, NEW]);
    expect(session.asked.forced).toBe(1);
  });

  it('uses the current token while Cognito cannot be reached', async () => {
    const session = fakeSession(ending);
    session.renewal = () => Promise.reject(new Error('offline'));
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now });
    expect(await tokens.current()).toBe(ending);
  });

  it('throws once nothing is left', async () => {
    const session = fakeSession(ended);
    session.renewal = () => Promise.reject(new Error('offline'));
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now });
    await expect(tokens.current()).rejects.toThrow('offline');
  });

  it('is signed out when the renewal is refused', async () => {
    const session = fakeSession(ending);
    session.renewal = async () => null;
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now });
    expect(await tokens.current()).toBeNull();
  });

  it('renews a short-lived token near its end only, not all the time', async () => {
    const iat = NOW / 1000 - 10;
    const session = fakeSession(fakeToken({ iat, exp: iat + 60 }));
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now });
    await tokens.current();
    expect(session.asked.forced).toBe(0);
  });

  it('renews once and then knows its clock when that is two hours ahead', async () => {
    const ahead = () => NOW + 7_200_000;
    const session = fakeSession(OLD);
    session.renewal = async () => NEW;
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now: ahead });
    expect(await tokens.current()).toBe(NEW);
    expect(await tokens.current()).toBe(NEW);
    expect(session.asked.forced).toBe(1);
  });
});

describe('replace', () => {
  it('renews once for all requests that were refused', async () => {
    const session = fakeSession(OLD);
    session.renewal = async () => NEW;
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now });
    expect(await Promise.all([tokens.replace(OLD), tokens.replace(OLD)])).toEqual([NEW, NEW]);
    expect(session.asked.forced).toBe(1);
  });

  it('gives the token that another caller has renewed meanwhile', async () => {
    const session = fakeSession(NEW);
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now });
    expect(await tokens.replace(OLD)).toBe(NEW);
    expect(session.asked.forced).toBe(0);
  });

  it('makes other callers wait for the renewal', async () => {
    const session = fakeSession(OLD);
    const renewal = later<string>();
    session.renewal = () => renewal.promise;
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now });
    const replaced = tokens.replace(OLD);
    await vi.waitFor(() => expect(session.asked.forced).toBe(1));
    const current = tokens.current();
    renewal.resolve(NEW);
    expect(await replaced).toBe(NEW);
    expect(await current).toBe(NEW);
  });

  it('gives nothing when Cognito refuses, or answers with the same token', async () => {
    const session = fakeSession(OLD);
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now });
    expect(await tokens.replace(OLD)).toBeNull();
    session.renewal = async () => null;
    expect(await tokens.replace(OLD)).toBeNull();
  });

  it('never returns a token of another person', async () => {
    const tokens = createTokenSource({ auth: adapterOf(fakeSession(BOBS).fetchSession), now });
    expect(await tokens.replace(OLD)).toBeNull();
  });
});

describe('forget', () => {
  it('gives later callers no earlier result', async () => {
    const session = fakeSession(hourToken(NOW, 3600));
    const slow = later<string>();
    session.renewal = () => slow.promise;
    const tokens = createTokenSource({ auth: adapterOf(session.fetchSession), now });
    const before = tokens.current();
    await vi.waitFor(() => expect(session.asked.forced).toBe(1));

    session.held = BOBS;
    tokens.forget();
    expect(await tokens.current()).toBe(BOBS);

    slow.resolve(NEW);
    expect(await before).toBe(NEW);
  });
});
