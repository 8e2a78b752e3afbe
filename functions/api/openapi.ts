/** `GET /openapi.json`: the table of routes as an OpenAPI document. */
import { implement } from './app.ts';
import { openApiDocument } from './document.ts';
import { lambdaHandler } from './lambda.ts';
import { getDocument, routes } from './routes.ts';

/** Made at the first request, and kept. */
let document: ReturnType<typeof openApiDocument> | undefined;

export const implementation = implement(getDocument, async () => {
  document ??= openApiDocument(routes);
  return { ...document };
});

export const handler = lambdaHandler([implementation]);
