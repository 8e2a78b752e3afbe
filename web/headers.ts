/**
 * The response headers of the built app, as files for the usual hosts.
 *
 * The page also has its policy in a meta element, but `frame-ancestors` works in a header only. Without
 * it, another site can show the app in a frame under its own buttons.
 * https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/frame-ancestors
 */
import { policyFor } from './csp.ts';

export type Header = readonly [name: string, value: string];

/** Every header, for a page with these settings. */
export const headersFor = (env: Readonly<Record<string, unknown>>): readonly Header[] => [
  ['Content-Security-Policy', `${policyFor(env)}; frame-ancestors 'none'`],
  // For browsers without frame-ancestors.
  ['X-Frame-Options', 'DENY'],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ['Strict-Transport-Security', 'max-age=31536000'],
];

/** A file with the headers in the format of a host. */
export interface HostFile {
  readonly name: string;
  /** Whether the host reads it from the served files. */
  readonly served: boolean;
  readonly render: (headers: readonly Header[]) => string;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const asRecords = (headers: readonly Header[], nameKey: string) =>
  headers.map(([name, value]) => ({ [nameKey]: name, value }));

/** CloudFront has settings for most of them, and takes the rest as custom headers. */
const cloudFront = (headers: readonly Header[]): unknown => {
  const value = new Map(headers);
  const custom = headers.filter(([name]) => /^(Cross-Origin|Permissions)-/.test(name));
  return {
    Name: 'cognito-supabase-web',
    SecurityHeadersConfig: {
      ContentSecurityPolicy: {
        Override: true,
        ContentSecurityPolicy: value.get('Content-Security-Policy'),
      },
      FrameOptions: { Override: true, FrameOption: value.get('X-Frame-Options') },
      ContentTypeOptions: { Override: true },
      ReferrerPolicy: { Override: true, ReferrerPolicy: value.get('Referrer-Policy') },
      StrictTransportSecurity: { Override: true, AccessControlMaxAgeSec: 31_536_000 },
    },
    CustomHeadersConfig: {
      Quantity: custom.length,
      Items: custom.map(([Header, Value]) => ({ Header, Value, Override: true })),
    },
  };
};

export const HOST_FILES: readonly HostFile[] = [
  {
    // Netlify and Cloudflare Pages
    name: '_headers',
    served: true,
    render: (headers) => `/*\n${headers.map(([name, value]) => `  ${name}: ${value}\n`).join('')}`,
  },
  {
    // Azure Static Web Apps
    name: 'staticwebapp.config.json',
    served: true,
    render: (headers) => json({ globalHeaders: Object.fromEntries(headers) }),
  },
  {
    name: 'vercel.json',
    served: false,
    render: (headers) =>
      json({ headers: [{ source: '/(.*)', headers: asRecords(headers, 'key') }] }),
  },
  {
    name: 'firebase.json',
    served: false,
    render: (headers) =>
      json({
        hosting: {
          public: 'dist',
          headers: [{ source: '**', headers: asRecords(headers, 'key') }],
        },
      }),
  },
  {
    // AWS Amplify Hosting
    name: 'customHttp.yml',
    served: false,
    render: (headers) =>
      [
        'customHeaders:',
        "  - pattern: '**'",
        '    headers:',
        ...headers.flatMap(([name, value]) => [
          `      - key: ${name}`,
          `        value: ${JSON.stringify(value)}`,
        ]),
        '',
      ].join('\n'),
  },
  { name: 'cloudfront.json', served: false, render: (headers) => json(cloudFront(headers)) },
  {
    // To include in a server block of nginx.
    name: 'nginx-headers.conf',
    served: false,
    render: (headers) =>
      headers.map(([name, value]) => `add_header ${name} "${value}" always;\n`).join(''),
  },
];
