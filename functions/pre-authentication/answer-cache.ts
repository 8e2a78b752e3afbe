/** Answers of the database for some seconds, so that many sign-ins at once are not as many questions. */

/** Of entries. The oldest one makes room. */
const MOST = 10_000;

export interface AnswerCache {
  get(key: string): boolean | undefined;
  set(key: string, answer: boolean): void;
}

/** @param keepFor ms. Also a function that was frozen asks again after it. */
export function answerCache(keepFor = 10_000): AnswerCache {
  const answers = new Map<string, { readonly answer: boolean; readonly until: number }>();
  return {
    get: (key) => {
      const known = answers.get(key);
      if (known !== undefined && known.until > Date.now()) return known.answer;
      answers.delete(key);
      return undefined;
    },
    set: (key, answer) => {
      const [oldest] = answers.keys();
      if (answers.size >= MOST && oldest !== undefined) answers.delete(oldest);
      answers.set(key, { answer, until: Date.now() + keepFor });
    },
  };
}
