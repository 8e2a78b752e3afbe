/** Runs jobs one after another: cognito-local reads, awaits and writes, so two sign-ups can cross. */
export class Queue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Waits for its turn; a job that fails does not stop the next. */
  run<T>(job: () => T | Promise<T>): Promise<T> {
    const done = this.#tail.then(job);
    this.#tail = done.catch(() => undefined);
    return done;
  }
}
