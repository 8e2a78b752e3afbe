/**
 * A `fetch` whose error responses supabase-js can read.
 *
 * A gateway, a proxy or a starting server answers with HTML or nothing. supabase-js then makes an error
 * without a code, which looks like a lost connection. Here such an answer gets the code `HTTP <status>`,
 * without the HTML.
 */
export const createLegibleFetch =
  (send: typeof fetch = (...args) => globalThis.fetch(...args)): typeof fetch =>
  async (input, init) => {
    const answer = await send(input, init);
    if (answer.ok || answer.body === null) return answer;
    const said = (await answer
      .clone()
      .json()
      .catch(() => null)) as { code?: unknown; message?: unknown } | null;
    if (typeof said?.code === 'string') return answer;
    const { status, headers } = answer;
    const message = typeof said?.message === 'string' ? said.message : '';
    return new Response(JSON.stringify({ code: `HTTP ${status}`, message }), {
      status,
      headers: {
        ...Object.fromEntries(headers),
        'content-type': 'application/json',
      },
    });
  };
