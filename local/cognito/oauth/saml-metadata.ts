/** Reads the metadata of a SAML identity provider: where it signs people in, and with which certificates it signs. */

export interface SamlMetadata {
  /** Of the HTTP-Redirect binding. */
  readonly entryPoint: string;
  /** Base64 without header lines. */
  readonly certificates: readonly string[];
}

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';
const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';

/** @throws Error that says what is missing */
export async function readMetadata(xml: string): Promise<SamlMetadata> {
  const { DOMParser } = await import('@xmldom/xmldom');
  const problems: string[] = [];
  const errorHandler = (level: string, message: string): void => {
    if (level !== 'warning') problems.push(message);
  };
  // A document type is not needed, and its entities could make the text explode.
  if (/<!DOCTYPE/i.test(xml)) throw new Error('the metadata must not have a DOCTYPE');
  const document = new DOMParser({ errorHandler }).parseFromString(xml, 'text/xml');
  const [role] = Array.from(document?.getElementsByTagNameNS(METADATA, 'IDPSSODescriptor') ?? []);
  if (problems.length > 0 || role === undefined)
    throw new Error('the metadata is not that of a SAML identity provider');
  const entryPoint = Array.from(role.getElementsByTagNameNS(METADATA, 'SingleSignOnService'))
    .find((service) => service.getAttribute('Binding') === REDIRECT)
    ?.getAttribute('Location');
  if (!entryPoint) throw new Error('the metadata has no SingleSignOnService with HTTP-Redirect');
  const certificates = Array.from(role.getElementsByTagNameNS(METADATA, 'KeyDescriptor'))
    .filter((key) => key.getAttribute('use') !== 'encryption')
    .flatMap((key) => Array.from(key.getElementsByTagNameNS(SIGNATURE, 'X509Certificate')))
    .map((certificate) => (certificate.textContent ?? '').replace(/\s/g, ''));
  if (certificates.length === 0) throw new Error('the metadata has no certificate');
  return { entryPoint, certificates };
}
