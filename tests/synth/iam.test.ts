import { describe, expect, it } from 'vitest';
import { STAGES } from '../../infra/config/settings.ts';
import { loadStage } from '../../infra/config/stages.ts';
import { EXISTING, FULL, template } from './support.ts';

/** Actions that may stand before the resource `*`, and why. */
const NO_RESOURCE: Readonly<Record<string, string>> = {
  'xray:PutTraceSegments': 'X-Ray knows no resources; only where tracing is chosen.',
  'xray:PutTelemetryRecords': 'The same.',
  'sns:Publish': 'A text message goes to a phone number, which is no resource; only with SMS.',
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
}

const list = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T];

/** Every statement anywhere in a template, with the place where it is. */
function statements(value: unknown, path = ''): { path: string; statement: Statement }[] {
  if (!value || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = `${path}/${key}`;
    const own =
      key === 'Statement'
        ? list(inner as Statement).map((statement) => ({ path: here, statement }))
        : [];
    return [...own, ...statements(inner, here)];
  });
}

const all = [...STAGES.map(loadStage), FULL, EXISTING].flatMap((settings) =>
  statements(template(settings).toJSON()).map(({ path, statement }) => ({
    path: `${settings.stage}${path}`,
    statement,
  })),
);
/** Policies of a key, in which `*` is the key itself. around-the-pool.test.ts checks them. */
const isOfKey = (path: string) => path.includes('/KeyPolicy/');
const allowing = all.filter(
  ({ path, statement }) => statement.Effect === 'Allow' && !isOfKey(path),
);

describe('every policy of every stage', () => {
  it('is among those that were walked', () => {
    expect(allowing.length).toBeGreaterThan(30);
  });

  it('allows no action with a wildcard', () => {
    const wild = allowing.filter(({ statement }) =>
      list(statement.Action).some((action) => action.includes('*')),
    );
    expect(wild).toEqual([]);
  });

  it('names its resources, but for a short list', () => {
    const wild = allowing.filter(
      ({ statement }) =>
        list(statement.Resource).includes('*') &&
        !list(statement.Action).every((action) => action in NO_RESOURCE),
    );
    expect(wild).toEqual([]);
  });

  it('uses every entry of that list', () => {
    const used = new Set(
      allowing
        .filter(({ statement }) => list(statement.Resource).includes('*'))
        .flatMap(({ statement }) => list(statement.Action)),
    );
    expect([...used].sort()).toEqual(Object.keys(NO_RESOURCE).sort());
  });

  it('gives nothing by NotAction or NotResource, and attaches no policy of AWS', () => {
    const text = JSON.stringify(all);
    expect(text).not.toMatch(/"Not(Action|Resource|Principal)"/);
    const templates = JSON.stringify([...STAGES.map(loadStage), FULL].map((s) => template(s)));
    expect(templates).not.toContain(':iam::aws:policy/');
  });
});

describe('the walk can fail', () => {
  it.each([
    [
      'inline',
      { Policies: [{ PolicyDocument: { Statement: { Effect: 'Allow', Action: 's3:*' } } }] },
    ],
    ['a resource policy', { PolicyDocument: { Statement: [{ Effect: 'Allow', Action: '*' }] } }],
  ])('it sees %s', (_, value) => {
    expect(statements(value)).toHaveLength(1);
  });
});
