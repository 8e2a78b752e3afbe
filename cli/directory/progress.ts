/** Shows the progress of a sync, or of other long work: a bar on a terminal, a line from time to time elsewhere. */

export interface Progress {
  /** @param pages pages to read, and pages that an earlier run has read. */
  start(pages: number, before: number): void;
  page(users: number): void;
  retry(error: Error): void;
  phase(name: string): void;
  end(): void;
}

const BAR = 24;
/** Between two drawings of the bar, and between two lines without one, in milliseconds. */
const [DRAW_EVERY, LINE_EVERY] = [200, 10_000];

/** `1,200` */
export const number = (value: string | number | null): string =>
  Number(value ?? 0).toLocaleString('en');

/** `1 page`, `1,200 pages` */
export const count = (value: string | number | null, what: string): string =>
  `${number(value)} ${what}${Number(value) === 1 ? '' : 's'}`;

export function duration(exact: number): string {
  const seconds = Math.ceil(exact);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

export interface Shown {
  readonly pages: number;
  readonly total: number;
  readonly users: number;
  readonly retries: number;
  /** Since the start. */
  readonly seconds: number;
}

/** `1,200 users · 20 of 1,680 pages · 19.9/s · 1 min 24 s left`. The total is an estimate. */
export function describe({ pages, total, users, retries, seconds }: Shown): string {
  // The first pages arrive at once, so the rate is not known yet.
  const rate = seconds >= 1 ? pages / seconds : 0;
  const left = rate > 0 ? duration(Math.max(0, total - pages) / rate) : '…';
  return [
    count(users, 'user'),
    `${number(pages)} of about ${count(Math.max(total, pages), 'page')}`,
    `${rate > 0 ? rate.toFixed(1) : '…'}/s`,
    `${left} left`,
    ...(retries > 0 ? [`${retries} retries`] : []),
  ].join(' · ');
}

export function bar(pages: number, total: number): string {
  const full = Math.round(BAR * (total > 0 ? Math.min(1, pages / total) : 0));
  return `[${'█'.repeat(full)}${'░'.repeat(BAR - full)}]`;
}

/**
 * @param out where it is shown; undefined shows nothing.
 * @param words what is said of the numbers.
 */
export function makeProgress(
  out: NodeJS.WriteStream | undefined,
  words: { readonly describe: (shown: Shown) => string; readonly unit: string } = {
    describe,
    unit: 'page',
  },
): Progress {
  const terminal = out?.isTTY ?? false;
  let [pages, total, users, retries, began] = [0, 0, 0, 0, 0];
  let timer: NodeJS.Timeout | undefined;

  const line = (text: string): void => {
    out?.write(terminal ? `\r\x1b[K${text}\n` : `${text}\n`);
  };
  const draw = (): void => {
    const seconds = (performance.now() - began) / 1000;
    const text = words.describe({ pages, total, users, retries, seconds });
    if (!terminal) line(`  ${text}`);
    else out?.write(`\r\x1b[K${`${bar(pages, total)} ${text}`.slice(0, (out.columns ?? 80) - 1)}`);
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    start(toRead, before) {
      if (before > 0) line(`going on after ${count(before, words.unit)}`);
      [total, began] = [toRead, performance.now()];
      if (out) timer = setInterval(draw, terminal ? DRAW_EVERY : LINE_EVERY);
    },
    page(read) {
      pages += 1;
      users += read;
    },
    retry(error) {
      retries += 1;
      if (!terminal && retries === 1) line(`  trying again: ${error.message || error.name}`);
    },
    phase(name) {
      if (timer) {
        draw();
        if (terminal) out?.write('\n');
      }
      stop();
      line(`${name}…`);
    },
    end() {
      stop();
      if (terminal) out?.write('\r\x1b[K');
    },
  };
}
