/** The findings as SARIF 2.1.0, for code scanning. */
import type { Log, ReportingDescriptor, Result } from 'sarif';
import { entryOf, FINDING_IDS, type FindingId } from './catalogue/index.ts';
import type { Diagnosis, Finding } from './engine.ts';

const HELP = 'https://www.npmjs.com/package/cognito-supabase';

const ruleOf = (id: FindingId): ReportingDescriptor => {
  const { severity, title, why, cure } = entryOf(id);
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: `${why} To mend it: ${cure}` },
    defaultConfiguration: { level: severity },
  };
};

/**
 * Code scanning shows a result only at a file, by its URI. A place of doctor is a table, a folder or a setting, and is a
 * logical location.
 */
const FILE = 'supabase/config.toml';

function resultOf(finding: Finding): Result {
  const { id, severity, what, why, fix, place } = finding;
  return {
    ruleId: id,
    ruleIndex: FINDING_IDS.indexOf(id),
    level: severity,
    message: {
      text: `${place === undefined ? '' : `${place}: `}${what}. ${why} To mend it: ${fix}`,
    },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: FILE }, region: { startLine: 1 } },
        ...(place !== undefined && { logicalLocations: [{ fullyQualifiedName: place }] }),
      },
    ],
    // The same finding keeps its identity from run to run.
    partialFingerprints: { 'cognitoSupabase/v1': `${id} ${place ?? ''}` },
  };
}

/** @param version of the kit */
export const toSarif = ({ findings, unseen, seen, unusable }: Diagnosis, version: string): Log => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'cognito-supabase doctor',
          version,
          informationUri: HELP,
          rules: FINDING_IDS.map(ruleOf),
        },
      },
      results: findings.map(resultOf),
      invocations: [
        {
          executionSuccessful: unusable.length === 0 && seen.length > 0,
          toolExecutionNotifications: [
            ...unusable.map(({ name, reason }) => ({
              level: 'error' as const,
              message: { text: `could not use ${name}: ${reason}` },
            })),
            ...unseen.map(({ check, reason }) => ({
              level: 'note' as const,
              message: { text: `could not see ${check}: ${reason}` },
            })),
          ],
        },
      ],
    },
  ],
});
