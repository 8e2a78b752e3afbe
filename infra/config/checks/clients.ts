/** Checks of app clients and managed login. */
import {
  isExisting,
  type PublicClientSettings,
  type RedirectSettings,
  type StageSettings,
} from '../settings.ts';
import { must, twice } from './refuse.ts';
import { checkCertificate, checkHost, checkRedirect } from './urls.ts';

function checkRedirects(key: string, client: RedirectSettings, settings: StageSettings) {
  const ownScheme = key === 'clients.mobile';
  for (const kind of ['callbackUrls', 'logoutUrls'] as const) {
    must(
      client[kind].length,
      `${key}.${kind}`,
      'is empty',
      'Cognito would take https://example.com.',
    );
    const repeated = twice(client[kind]);
    must(!repeated, `${key}.${kind}`, `${repeated} is there twice`, 'Each address once.');
    for (const [index, url] of client[kind].entries()) {
      checkRedirect(`${key}.${kind}[${index}]`, url, settings.stage, ownScheme);
    }
  }
}

function checkTokens(key: string, { tokenMinutes = 60, refreshDays = 30 }: PublicClientSettings) {
  // The Data API accepts a token until it expires, so an hour is the maximum.
  must(
    tokenMinutes >= 5 && tokenMinutes <= 60,
    `${key}.tokenMinutes`,
    `${tokenMinutes} is not from 5 to 60`,
    'Minutes; short, because a token is valid until it expires.',
  );
  must(
    refreshDays >= 1 && refreshDays <= 365,
    `${key}.refreshDays`,
    `${refreshDays} is not from 1 to 365`,
    'Days until somebody has to sign in again.',
  );
}

function checkLogin({ login }: StageSettings) {
  if (!login) return;
  if ('domain' in login) {
    checkHost('login.domain', login.domain);
    // Cognito uses a CloudFront distribution for it, whose certificates are in that region.
    checkCertificate('login.certificateArn', login.certificateArn, 'us-east-1');
    return;
  }
  must(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(login.prefix) &&
      !/aws|amazon|cognito/.test(login.prefix),
    'login.prefix',
    `"${login.prefix}" is not a valid prefix in Cognito`,
    'Small letters, digits and hyphens; without aws, amazon or cognito.',
  );
}

/** @throws KitError */
export function checkClients(settings: StageSettings) {
  if (isExisting(settings.pool)) return;
  must(settings.clients?.web, 'clients.web', 'is missing', 'The app client of the web app.');
  const { web, mobile, server, machine } = settings.clients;
  checkRedirects('clients.web', web, settings);
  checkTokens('clients.web', web);
  if (mobile) {
    checkRedirects('clients.mobile', mobile, settings);
    checkTokens('clients.mobile', mobile);
  }
  if (server) checkRedirects('clients.server', server, settings);
  if (machine) {
    must(
      Object.keys(machine.scopes).length,
      'clients.machine.scopes',
      'is empty',
      'A machine without a scope gets no token.',
    );
    must(
      settings.login,
      'login',
      'is missing, and clients.machine gets its tokens there',
      'Set login.prefix or login.domain: the token endpoint is part of it.',
    );
  }
  checkLogin(settings);
}
