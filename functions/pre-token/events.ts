/** Types of the events that the pre-token trigger is called with. */

import type {
  BasePreTokenGenerationV3TriggerEvent,
  PreTokenGenerationTriggerEvent,
  PreTokenGenerationV2TriggerEvent,
  PreTokenGenerationV3TriggerEvent,
} from 'aws-lambda';

/**
 * A version 3 event of a person. `@types/aws-lambda` knows version 3 for machine clients only, but a
 * pool that is set to V3_0 sends it for people too.
 */
export type PreTokenGenerationV3PersonTriggerEvent = BasePreTokenGenerationV3TriggerEvent<
  PreTokenGenerationV2TriggerEvent['triggerSource']
>;

/** Every event Cognito calls the trigger with: versions 1 to 3, all trigger sources. */
export type PreTokenEvent =
  | PreTokenGenerationTriggerEvent
  | PreTokenGenerationV2TriggerEvent
  | PreTokenGenerationV3PersonTriggerEvent
  | PreTokenGenerationV3TriggerEvent;
