/** A person at managed login, without a browser: keeps cookies, and fills in the form of a page. */

export interface Page {
  readonly status: number;
  readonly html: string;
  /** Where the page is. */
  readonly url: URL;
  /** Where the last redirect left the servers that the person visits. */
  readonly location: URL | undefined;
}

const attribute = (tag: string, name: string): string =>
  new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&') ?? '';

export class Visitor {
  readonly #cookies = new Map<string, string>();
  readonly #endpoint: string;
  readonly #origins: ReadonlySet<string>;

  /** @param others Origins of other servers, such as an identity provider, to which redirects are followed. */
  constructor(endpoint: string, ...others: readonly string[]) {
    this.#endpoint = endpoint;
    this.#origins = new Set([endpoint, ...others]);
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  open = (url: URL | string): Promise<Page> => this.#go(new URL(url, this.#endpoint));

  /** Sends the form of a page with these fields filled in. */
  submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
    const [form = ''] = /<form[^>]*>/.exec(page.html) ?? [];
    const inputs = page.html.match(/<input[^>]*>/g) ?? [];
    const body = new URLSearchParams(
      inputs.map((tag): [string, string] => [attribute(tag, 'name'), attribute(tag, 'value')]),
    );
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return this.#go(new URL(attribute(form, 'action') || page.url, page.url), body);
  }

  /** Opens the link of a page that has this text. */
  follow(page: Page, text: string): Promise<Page> {
    const [tag = ''] = (page.html.match(/<a [^>]*>[^<]*/g) ?? []).filter((link) =>
      link.endsWith(`>${text}`),
    );
    return this.#go(new URL(attribute(tag, 'href'), page.url));
  }

  async #go(url: URL, body?: URLSearchParams): Promise<Page> {
    // Cookies do not tell ports apart, as in a browser.
    const cookie = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie, ...(body && { origin: url.origin }) },
      ...(body && { method: 'POST', body }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    const html = await response.text();
    const target = response.headers.get('location');
    if (target === null) return { status: response.status, html, url, location: undefined };
    const next = new URL(target, url);
    if (!this.#origins.has(next.origin))
      return { status: response.status, html, url, location: next };
    return this.#go(next);
  }
}
