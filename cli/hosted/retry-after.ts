/** `Retry-After` of an answer (RFC 9110, 10.2.3). */

/**
 * Milliseconds that the header asks to wait: it has seconds, or a date. Whoever calls it bounds the wait.
 *
 * @param now in milliseconds, for dates.
 * @returns undefined without the header, and for one that is neither.
 */
export function retryAfter(headers: Headers, now = Date.now()): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  // A date begins with the name of the day. Date.parse also takes numbers, as years or months.
  const date = /^[A-Z]/i.test(text) ? Date.parse(text) - now : Number.NaN;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : date;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
