import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'vite';
import { HOST_FILES, headersFor } from './headers.ts';

/**
 * Writes the headers of the app for the usual hosts: files that a host reads go beside the built page,
 * files for a host's settings go into `hosting/`. `vite preview` sends the headers itself.
 */
export const hostFiles = (): Plugin => {
  let env: Readonly<Record<string, unknown>> = {};
  let root = '';
  return {
    name: 'host-files',
    configResolved(config) {
      env = config.env;
      root = config.root;
    },
    generateBundle() {
      const headers = headersFor(env);
      for (const { name, render } of HOST_FILES.filter(({ served }) => served)) {
        this.emitFile({ type: 'asset', fileName: name, source: render(headers) });
      }
    },
    async writeBundle() {
      const headers = headersFor(env);
      const folder = path.join(root, 'hosting');
      await mkdir(folder, { recursive: true });
      for (const { name, render } of HOST_FILES.filter(({ served }) => !served)) {
        await writeFile(path.join(folder, name), render(headers));
      }
    },
    configurePreviewServer(server) {
      server.middlewares.use((_request, response, next) => {
        for (const [name, value] of headersFor(env)) response.setHeader(name, value);
        next();
      });
    },
  };
};
