/** Several handlers of one trigger as one: Cognito calls one function for each trigger. */

/** A handler that gets an event and returns it with its response. */
export type TriggerHandler<Event> = (event: Event, context?: unknown) => Promise<Event> | Event;

/**
 * Calls the handlers one after the other. Each gets the event that the one before has returned.
 *
 * Put the kit's handler last: a pre-token handler before it can add claims, and cannot set `role`. A handler that throws
 * ends the chain. Cognito then refuses what the person wanted, as it does without the chain.
 *
 * @throws TypeError if a handler returns no event, as one with a callback does
 * @example export const handler = chain(theirs, createPreTokenHandler());
 */
export const chain =
  <Event>(...handlers: readonly TriggerHandler<Event>[]) =>
  async (event: Event, context?: unknown): Promise<Event> => {
    let current = event;
    for (const handler of handlers) {
      const next = await handler(current, context);
      if (typeof next !== 'object' || next === null)
        throw new TypeError('a handler of the chain returned no event: it has to be async');
      current = next;
    }
    return current;
  };
