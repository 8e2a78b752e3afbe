/** The claims of a token that this app reads. Nothing is verified here, because the server does that. */
export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string };

/**
 * Decodes the payload of a JWT without verifying it.
 *
 * @returns The claims, or null if the text is not a JWT or has no subject.
 */
export const readClaims = (jwt: string): Claims | null => {
  try {
    const payload = (jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null && 'sub' in claims
      ? (claims as Claims)
      : null;
  } catch {
    return null;
  }
};
