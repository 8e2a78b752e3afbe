/** Paths of the OAuth endpoints and of managed login, as on a pool's domain of AWS. */

/** Pages with forms. They send them to themselves. */
export const FORM_PATHS = [
  '/login',
  '/changePassword',
  '/mfa',
  '/selectMfa',
  '/setUpMfa',
  '/signup',
  '/confirmUser',
  '/forgotPassword',
  '/confirmForgotPassword',
] as const;

export type FormPath = (typeof FORM_PATHS)[number];

export const SAML_PATH = '/saml2/idpresponse';

export const isFormPath = (path: string): boolean => FORM_PATHS.some((one) => one === path);

/** Whether forms of other sites come here. What they send is signed, and tied to the browser. */
export const takesForeignForms = (path: string): boolean => path === SAML_PATH;

export const isOAuthPath = (path: string): boolean =>
  path.startsWith('/oauth2/') || path === SAML_PATH || path === '/logout' || isFormPath(path);
