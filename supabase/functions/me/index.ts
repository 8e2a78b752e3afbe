/**
 * `GET /functions/v1/me`: profile, memberships and permissions of the caller, for people who stay on Supabase instead
 * of API Gateway. It passes the caller's token on, so the policies of the database decide.
 *
 * Secrets: COGNITO_ISSUER, COGNITO_CLIENT_IDS (with commas between), and ALLOWED_ORIGINS for browsers.
 */
import { corsHeaders, json, problem, Refusal } from '../_shared/answers.ts';
import { rpc } from '../_shared/data-api.ts';
import { type Environment, need, projectKey } from '../_shared/environment.ts';
import { verifiedToken } from '../_shared/token.ts';

async function me(request: Request, env: Environment): Promise<unknown> {
  if (request.method !== 'GET') throw new Refusal(405, 'BAD_REQUEST', 'Use GET.');
  const token = await verifiedToken(request, env);
  const apiKey = projectKey(env, 'SUPABASE_PUBLISHABLE_KEYS', 'SUPABASE_ANON_KEY');
  const access = { url: need(env, 'SUPABASE_URL'), apiKey, token };
  await rpc(access, 'ensure_profile');
  return rpc(access, 'me');
}

Deno.serve(async (request) => {
  const env: Environment = (name) => Deno.env.get(name);
  const cors = corsHeaders(request, env('ALLOWED_ORIGINS'));
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: cors });
  try {
    return json(await me(request, env), cors);
  } catch (error) {
    return problem(error, cors);
  }
});
