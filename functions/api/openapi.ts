/** `GET /openapi.json`: the table of routes as an OpenAPI document. */
import { implement } from './app.ts';
import { openApiDocument } from './document.ts';
import { lambdaHandler } from './lambda.ts';
import { getDocument, routes } from './routes.ts';

export const implementation = implement(getDocument, async () => ({ ...openApiDocument(routes) }));

export const handler = lambdaHandler([implementation]);
