/** The Lambda entry of `GET /me`: profile and memberships of the caller. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { accessTokenOf, type CallerEvent } from './caller.ts';
import { dataApi, readDataApiSettings } from './data-api.ts';
import { me } from './me-core.ts';
import { errorResponse, json } from './respond.ts';

/**
 * Sends the caller's own token to the Data API. So the same policies apply as for the web app, and the
 * function needs no database password.
 */
export const handler = async (event: CallerEvent): Promise<APIGatewayProxyStructuredResultV2> => {
  try {
    const settings = readDataApiSettings(process.env);
    return json(200, await me(dataApi(settings, accessTokenOf(event))));
  } catch (error) {
    return errorResponse(error);
  }
};
