import type { Waiting } from './use-waiting.ts';

interface SlowNoticeProps {
  readonly waiting: Pick<Waiting, 'slow' | 'cancel'>;
  /** Who does not answer. */
  readonly who: string;
}

/** Says that an answer takes long, and lets the person wait no longer. */
export const SlowNotice = ({ waiting, who }: SlowNoticeProps) => (
  <div className="slow" role="status">
    {waiting.slow && (
      <>
        <span>{who} has not answered yet.</span>
        <button type="button" className="button button-link" onClick={waiting.cancel}>
          Cancel
        </button>
      </>
    )}
  </div>
);
