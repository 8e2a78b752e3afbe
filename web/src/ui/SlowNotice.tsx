import type { Waiting } from './use-waiting.ts';

interface SlowNoticeProps {
  readonly waiting: Pick<Waiting, 'slow' | 'cancel'>;
  /** The name of the slow service. */
  readonly who: string;
}

/** Tells that an answer takes long, and has a button to cancel. */
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
