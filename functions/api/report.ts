/** Logs and metrics of the API: one line of JSON, and one line of the embedded metric format, for each request. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRIC_NAMESPACE } from '../service/metrics.ts';
import type { Report } from './app.ts';

export function reportToCloudWatch(): Report {
  const logger = new Logger({ serviceName: 'api' });
  return (report) => {
    const { route, status, ms } = report;
    // A single metric would be a line for each of the three.
    const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: 'api' });
    metrics.addDimension('route', route);
    metrics.addMetric('Requests', MetricUnit.Count, 1);
    metrics.addMetric('Errors', MetricUnit.Count, status >= 500 ? 1 : 0);
    metrics.addMetric('Duration', MetricUnit.Milliseconds, ms);
    metrics.publishStoredMetrics();
    logger[status >= 500 ? 'error' : 'info']('request', { ...report });
  };
}
