/** Reads the session again when the page may have missed a change: after sleep, without network, in the background. */
export const followPage = (restore: () => Promise<void>): (() => void) => {
  if (typeof document === 'undefined') return () => {};
  const onVisible = () => {
    if (document.visibilityState === 'visible') void restore();
  };
  const onOnline = () => void restore();
  // The event of a cleared localStorage has no key, and libraries ignore it.
  const onStorage = ({ key }: StorageEvent) => {
    if (key === null) void restore();
  };
  document.addEventListener('visibilitychange', onVisible);
  globalThis.addEventListener('online', onOnline);
  globalThis.addEventListener('storage', onStorage);
  return () => {
    document.removeEventListener('visibilitychange', onVisible);
    globalThis.removeEventListener('online', onOnline);
    globalThis.removeEventListener('storage', onStorage);
  };
};
