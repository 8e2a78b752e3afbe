/** A page with one script, on a free port of this machine. */
import { createServer } from 'node:http';
import { build } from 'esbuild';
import { listen } from '../../local/listen.ts';

export interface ServedApp {
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * @param source The script. It is bundled, so it can import packages.
 * @param settings What the script gets from `/settings`, as JSON.
 */
export async function serveApp(source: string, settings: () => object): Promise<ServedApp> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'esm',
    write: false,
  });
  const script = outputFiles[0]?.text ?? '';
  const server = createServer((request, response) => {
    if (request.url === '/app.js')
      response.setHeader('content-type', 'text/javascript').end(script);
    else if (request.url === '/settings') response.end(JSON.stringify(settings()));
    else
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><body><script type="module" src="/app.js"></script>');
  });
  const { port, close } = await listen(server, 0);
  return { origin: `http://localhost:${port}`, close };
}
