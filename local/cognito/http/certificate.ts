/**
 * A certificate for HTTPS on this machine, signed by itself. It is kept, so that a browser's exception for it lasts.
 * The library is loaded only if HTTPS is asked for.
 */
import path from 'node:path';
import { readIfThere, unreadable, writeWhole } from '../../files.ts';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

const DAY = 24 * 60 * 60 * 1000;
/** Browsers take no longer one. */
const LIFETIME = 397 * DAY;

/** @throws KitError DATA_DIR_UNREADABLE if its file is damaged */
export async function keptCertificate(dataDir: string): Promise<Certificate> {
  const file = path.join(dataDir, 'certificate.json');
  const text = await readIfThere(file, unreadable);
  const kept = text === undefined ? undefined : parse(file, text);
  if (kept !== undefined && kept.expires > Date.now() + DAY) return kept;
  const made = await makeCertificate();
  await writeWhole(file, JSON.stringify(made));
  return made;
}

type Kept = Certificate & { readonly expires: number };

function parse(file: string, text: string): Kept {
  try {
    const { cert, key, expires } = JSON.parse(text) as Record<string, unknown>;
    if (typeof cert === 'string' && typeof key === 'string' && typeof expires === 'number')
      return { cert, key, expires };
  } catch (cause) {
    throw unreadable(file, cause);
  }
  throw unreadable(file);
}

async function makeCertificate(): Promise<Kept> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const expires = Date.now() + LIFETIME;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost, O=Local user pool',
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(expires),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    cert: certificate.toString('pem'),
    key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    expires,
  };
}
