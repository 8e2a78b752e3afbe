/** Which addresses may sign up, by their domains. */
import { domainToASCII } from 'node:url';

export interface DomainRules {
  /** As in `example.com`, or `*.example.com` for all below it. Empty allows every domain. */
  readonly allowDomains: readonly string[];
  /** Stronger than `allowDomains`. */
  readonly denyDomains: readonly string[];
}

/** Small letters, and names in other scripts as DNS has them. Empty if it is no domain. */
const normalized = (domain: string): string => domainToASCII(domain.trim().replace(/\.$/, ''));

/** @throws TypeError with the name of the setting */
export function parseDomain(pattern: string, setting: string): string {
  const isBelow = pattern.startsWith('*.');
  const domain = normalized(isBelow ? pattern.slice(2) : pattern);
  if (!domain.includes('.') || /[*@/:\s]/.test(domain))
    throw new TypeError(`${setting} has something that is not a domain`);
  return isBelow ? `*.${domain}` : domain;
}

/** What follows the last `@`. Undefined for what is no address. */
function domainOf(email: string): string | undefined {
  const at = email.lastIndexOf('@');
  return at < 1 ? undefined : normalized(email.slice(at + 1)) || undefined;
}

const matches = (domain: string, pattern: string): boolean =>
  pattern.startsWith('*.') ? domain.endsWith(pattern.slice(1)) : domain === pattern;

/** Without an address, a rule cannot be kept, so that it is refused wherever there is a rule. */
export function isDomainAllowed(
  email: string | undefined,
  { allowDomains, denyDomains }: DomainRules,
): boolean {
  if (allowDomains.length === 0 && denyDomains.length === 0) return true;
  const domain = domainOf(email ?? '');
  if (domain === undefined) return false;
  if (denyDomains.some((pattern) => matches(domain, pattern))) return false;
  return allowDomains.length === 0 || allowDomains.some((pattern) => matches(domain, pattern));
}
