const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const ABSOLUTE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** How long ago, in the largest unit that fits: "3 minutes ago", "yesterday". */
export const relativeTime = (then: number, now: number): string => {
  // If the server's clock is slightly ahead, a new note must not be in the future.
  const seconds = Math.min(0, Math.round((then - now) / 1000));
  const [unit, size] = UNITS.find(([, length]) => -seconds >= length) ?? ['second', 1];
  if (unit === 'second') return 'just now';
  return RELATIVE.format(Math.trunc(seconds / size), unit);
};

/** Date and time in the person's own time zone. */
export const absoluteTime = (then: number): string => ABSOLUTE.format(then);

/** A duration in the form of a clock: "59:04", "1:00:00". */
export const clock = (millis: number): string => {
  const seconds = Math.max(0, Math.ceil(millis / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${two(minutes)}:${two(seconds % 60)}`;
};

/** A smaller difference of clocks is not reported, in milliseconds. */
const DRIFT_TOLD = 60_000;

/**
 * The message about a wrong clock.
 *
 * @param drift - How far the server's clock is ahead of this device's, in milliseconds.
 * @returns null if it is right.
 */
export const describeDrift = (drift: number): string | null => {
  if (Math.abs(drift) < DRIFT_TOLD) return null;
  const minutes = Math.round(Math.abs(drift) / 60_000);
  const [size, unit] = minutes < 120 ? [minutes, 'minute'] : [Math.round(minutes / 60), 'hour'];
  const span = `${size.toLocaleString('en')} ${unit}${size === 1 ? '' : 's'}`;
  const where = drift > 0 ? 'behind' : 'ahead';
  return `This device’s clock is ${span} ${where}. The times here are Cognito’s.`;
};
