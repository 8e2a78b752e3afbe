/** The Lambda entry of `GET /me`: the caller, as the database knows them. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { accessTokenOf, type CallerEvent } from './caller.ts';
import { dataApi, readDataApiSettings } from './data-api.ts';
import { me } from './me-core.ts';
import { errorResponse, json } from './respond.ts';

/**
 * Passes the caller's own token on to the Data API, so the same policies decide as for the web app,
 * and no database password is here.
 */
export const handler = async (event: CallerEvent): Promise<APIGatewayProxyStructuredResultV2> => {
  try {
    const settings = readDataApiSettings(process.env);
    return json(200, await me(dataApi(settings, accessTokenOf(event))));
  } catch (error) {
    return errorResponse(error);
  }
};
