/** Metrics by the embedded metric format: a line of the log that CloudWatch turns into a metric. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

export const METRIC_NAMESPACE = 'cognito-supabase';

/**
 * Counts outcomes of one part, as `UserMigrationRefused`.
 *
 * @param part Name of the part, in capitals at the beginning of words
 */
export function counter(part: string): (outcome: string) => void {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: part });
  return (outcome) => {
    const name = part + outcome.charAt(0).toUpperCase() + outcome.slice(1);
    metrics.addMetric(name, MetricUnit.Count, 1);
    metrics.publishStoredMetrics();
  };
}
